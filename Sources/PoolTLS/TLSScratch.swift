internal import COpenSSL
internal import Glibc

/// Where the encrypted bytes of one loop's sessions pass through: what was received, and what is to be sent.
///
/// The library reads and writes here instead of at a socket, so TLS adds no system call. Nothing stays between two
/// calls: what was received is taken whole (a record that is not complete waits within the library), and what is to be
/// sent goes out at once or to the connection's own buffer.
// State: the loop's, like the sessions'.
package final class TLSScratch {
    /// Room for one read from a socket; with the rest of a record that came before it makes less than 64 KiB of text.
    package static let receivedBytesMax = 47 << 10
    /// Bytes of text in one record.
    static let recordBytesMax = 16 << 10
    /// What a record adds to its text, generously.
    static let recordOverhead = 256
    /// Four full records, and room for the largest flight of a handshake.
    package static let sendBytesMax = 96 << 10

    package let received: UnsafeMutableRawPointer
    package let toSend: UnsafeMutableRawPointer
    /// Bytes in `toSend`.
    package private(set) var sendCount = 0
    fileprivate var next: UnsafeMutableRawPointer
    fileprivate var left = 0

    package init() {
        received = .allocate(byteCount: TLSScratch.receivedBytesMax, alignment: 64)
        toSend = .allocate(byteCount: TLSScratch.sendBytesMax, alignment: 64)
        next = received
    }

    deinit {
        received.deallocate()
        toSend.deallocate()
    }

    /// Offers what was received to the session that is asked next.
    func offer(_ count: Int) {
        next = received
        left = count
    }

    /// What was to be sent has been.
    package func clearSent() { sendCount = 0 }

    /// Whether another full record fits.
    var hasRoom: Bool {
        sendCount + TLSScratch.recordBytesMax + TLSScratch.recordOverhead <= TLSScratch.sendBytesMax
    }

    fileprivate func take(_ bytes: UnsafeMutableRawPointer, _ most: Int) -> Int {
        let count = min(most, left)
        memcpy(bytes, next, count)
        next += count
        left -= count
        return count
    }

    fileprivate func put(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        let taken = min(count, TLSScratch.sendBytesMax - sendCount)
        memcpy(toSend + sendCount, bytes, taken)
        sendCount += taken
        return taken
    }

    /// The library's view of it, for one session; the session frees it. The scratch memory outlives all sessions.
    func makeBIO() -> OpaquePointer? {
        guard let method = TLSScratch.method.pointer, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    // Unchecked: the library's table of functions is made once and never changed.
    private struct Method: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private static let method: Method = {
        let method = BIO_meth_new(co_bio_type(), "scratch")
        BIO_meth_set_read(method) { bio, bytes, count in
            guard let bio, let bytes, count > 0 else { return 0 }
            co_clear_retry(bio)
            let taken = TLSScratch.of(bio).take(bytes, Int(count))
            if taken == 0 {
                co_retry_read(bio)
                return -1
            }
            return Int32(taken)
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            guard let bio, let bytes, count > 0 else { return 0 }
            co_clear_retry(bio)
            let taken = TLSScratch.of(bio).put(bytes, Int(count))
            if taken == 0 {
                co_retry_write(bio)
                return -1
            }
            return Int32(taken)
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return Method(pointer: method)
    }()

    private static func of(_ bio: OpaquePointer) -> TLSScratch {
        Unmanaged<TLSScratch>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
    }
}
