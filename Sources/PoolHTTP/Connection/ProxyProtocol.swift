internal import Glibc

/// The PROXY protocol, versions 1 and 2: what a proxy that passes connections on says of the client, before the first
/// byte of the client's own. Read and written without I/O; after HAProxy's `proxy-protocol.txt` (2020).
///
/// Read strictly: whatever is not exactly a header is refused, because a guess here is a forged address there. TLVs of
/// version 2 are skipped, checksums among them.
package enum ProxyProtocol {
    /// One end of a connection: IPv6, or IPv4 mapped into it (`::ffff:0:0/96`), as two words.
    package struct Endpoint: Hashable, Sendable {
        package var high: UInt64
        package var low: UInt64
        package var port: UInt16

        package init(high: UInt64, low: UInt64, port: UInt16) {
            self.high = high
            self.low = low
            self.port = port
        }

        package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }
    }

    /// What the bytes at the beginning of a connection are.
    package enum Reading: Hashable, Sendable {
        /// So far a header, with more to come.
        case incomplete
        case invalid
        /// A header of so many bytes. Without an endpoint (`UNKNOWN`, `LOCAL`, unix sockets) the connection's own peer
        /// stands.
        case header(count: Int, source: Endpoint?)
    }

    /// The longest header that is read, TLVs included. The protocol allows 65,551 bytes; what is sent is below 1 KiB.
    package static let bytesMax = 4096
    /// The longest header that is written.
    package static let writtenBytesMax = 108

    /// `\r\n\r\n\0\r\nQUIT\n`
    static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    /// Reads a header at the beginning of the bytes.
    package static func read(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Reading {
        guard count > 0 else { return .incomplete }
        switch bytes[0] {
        case UInt8(ascii: "P"): return ProxyLine.read(bytes, count)
        case 13: return readBinary(bytes, count)
        default: return .invalid
        }
    }

    // MARK: Version 2

    private static func readBinary(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Reading {
        for index in 0..<min(count, signature.count) where bytes[index] != signature[index] { return .invalid }
        guard count >= 16 else { return .incomplete }
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, 16 + length <= bytesMax else { return .invalid }
        let isLocal = bytes[12] & 15 == 0
        guard isLocal || bytes[12] & 15 == 1 else { return .invalid }
        // Family and transport: streams only, as nothing else can come over a connection.
        let needed: Int
        switch bytes[13] {
        case 0x00: needed = 0
        case 0x11: needed = 12
        case 0x21: needed = 36
        case 0x31: needed = 216
        default:
            // The receiver of LOCAL has to ignore what follows.
            guard isLocal else { return .invalid }
            needed = 0
        }
        guard isLocal || length >= needed else { return .invalid }
        guard count >= 16 + length else { return .incomplete }
        guard !isLocal else { return .header(count: 16 + length, source: nil) }
        let address = bytes + 16
        var source: Endpoint?
        switch bytes[13] {
        case 0x11: source = Endpoint(high: 0, low: 0xffff << 32 | word(address, 4), port: UInt16(word(address + 8, 2)))
        case 0x21:
            source = Endpoint(high: word(address, 8), low: word(address + 8, 8), port: UInt16(word(address + 32, 2)))
        default: break
        }
        return .header(count: 16 + length, source: source)
    }

    /// A number of so many bytes, in network order.
    private static func word(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }

    // MARK: Writing

    /// Writes a header for a connection to a worker; `nil` ends are those of nobody's: a probe, a unix socket.
    ///
    /// - Parameter out: room for ``writtenBytesMax`` bytes.
    /// - Returns: the bytes written.
    package static func write(
        version: Int,
        source: Endpoint?,
        destination: Endpoint?,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        guard version == 2 else { return ProxyLine.write(source, destination, to: out) }
        var writer = ByteWriter(out)
        writer.append(signature)
        guard let source, let destination else {
            // LOCAL, and no address.
            for byte: UInt8 in [0x20, 0x00, 0, 0] { writer.append(byte) }
            return writer.count
        }
        let isIPv4 = source.isIPv4 && destination.isIPv4
        for byte: UInt8 in [0x21, isIPv4 ? 0x11 : 0x21, 0, isIPv4 ? 12 : 36] { writer.append(byte) }
        for end in [source, destination] {
            if isIPv4 {
                append(end.low, 4, to: &writer)
            } else {
                append(end.high, 8, to: &writer)
                append(end.low, 8, to: &writer)
            }
        }
        append(UInt64(source.port), 2, to: &writer)
        append(UInt64(destination.port), 2, to: &writer)
        return writer.count
    }

    private static func append(_ value: UInt64, _ count: Int, to writer: inout ByteWriter) {
        for index in (0..<count).reversed() { writer.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }
}
