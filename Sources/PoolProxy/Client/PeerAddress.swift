internal import Glibc
internal import PoolHTTP

/// A client's address: as bytes for comparison, as text for headers and logs. 72 bytes, no allocation.
struct PeerAddress {
    /// IPv6, or IPv4 mapped into it; zero for a unix socket.
    let high: UInt64
    let low: UInt64
    let port: UInt16
    private(set) var textCount: UInt8
    private var text: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

    /// The peer of a unix socket: it has no address.
    static let local = PeerAddress()

    private init() {
        high = 0
        low = 0
        port = 0
        textCount = 0
    }

    var isLocal: Bool { textCount == 0 }

    /// For comparison with ranges.
    var address: IPAddress? {
        isLocal ? nil : IPAddress(bytes: withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) })
    }

    init(high: UInt64, low: UInt64, port: UInt16) {
        self.high = high
        self.low = low
        self.port = port
        var characters: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
        textCount = UInt8(withUnsafeMutableBytes(of: &characters) { PeerAddress.write(high, low, to: $0) })
        text = characters
    }

    /// What `accept` wrote.
    init(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in.self) }
            let four = UInt64(UInt32(bigEndian: address.sin_addr.s_addr))
            self.init(high: 0, low: 0xffff << 32 | four, port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in6.self) }
            let (high, low) = withUnsafeBytes(of: address.sin6_addr) {
                (
                    UInt64(bigEndian: $0.load(as: UInt64.self)),
                    UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            self.init(high: high, low: low, port: UInt16(bigEndian: address.sin6_port))
        default: self = PeerAddress.local
        }
    }

    /// Writes the numeric text of an address; its length.
    private static func write(_ high: UInt64, _ low: UInt64, to buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
        if high == 0 && low >> 32 == 0xffff {
            var four = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            inet_ntop(AF_INET, &four, base, socklen_t(buffer.count))
        } else {
            var six = in6_addr()
            withUnsafeMutableBytes(of: &six) {
                $0.storeBytes(of: high.bigEndian, as: UInt64.self)
                $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            inet_ntop(AF_INET6, &six, base, socklen_t(buffer.count))
        }
        return strlen(base)
    }

    /// The numeric text, without brackets.
    @inline(__always)
    func withText<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        withUnsafeBytes(of: text) { bytes in
            body(UnsafeBufferPointer(rebasing: bytes.bindMemory(to: UInt8.self)[0..<Int(textCount)]))
        }
    }

    var description: String { withText { String(decoding: $0, as: UTF8.self) } }
}
