internal import COpenSSL

/// One client's session of a ``MutualTLSContext``, without a socket: encrypted bytes go in and come out as arrays.
// State: the event loop's of its connection.
package final class MutualTLSSession {
    package enum Outcome: Equatable, Sendable {
        /// All that was received has been taken.
        case more
        /// The client has said that it will send nothing more.
        case ended
        /// Why there is no session, in the library's words.
        case failed(String)
    }

    private static let chunkBytes = 16 << 10

    private let session: OpaquePointer
    private let received: OpaquePointer
    private let toSend: OpaquePointer
    private var chunk = [UInt8](repeating: 0, count: MutualTLSSession.chunkBytes)

    init(_ session: OpaquePointer, received: OpaquePointer, toSend: OpaquePointer) {
        self.session = session
        self.received = received
        self.toSend = toSend
    }

    deinit { SSL_free(session) }

    package var isEstablished: Bool { SSL_is_init_finished(session) == 1 }

    /// Takes in encrypted bytes; returns the text in them. There may be something to send afterwards.
    package func receive(_ bytes: UnsafeRawBufferPointer) -> (text: [UInt8], outcome: Outcome) {
        guard bytes.isEmpty || BIO_write(received, bytes.baseAddress, Int32(bytes.count)) == Int32(bytes.count) else {
            return ([], .failed("out of memory"))
        }
        var text: [UInt8] = []
        while true {
            let count = SSL_read(session, &chunk, Int32(chunk.count))
            if count > 0 {
                text += chunk[..<Int(count)]
                continue
            }
            switch SSL_get_error(session, count) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return (text, .more)
            case SSL_ERROR_ZERO_RETURN: return (text, .ended)
            default: return (text, .failed(TLSIssue.takeReason()))
            }
        }
    }

    /// Encrypts text; false where the session is broken.
    package func write(_ text: UnsafeRawBufferPointer) -> Bool {
        guard !text.isEmpty else { return true }
        let isWritten = SSL_write(session, text.baseAddress, Int32(text.count)) == Int32(text.count)
        if !isWritten { ERR_clear_error() }
        return isWritten
    }

    /// Says that nothing more will come.
    package func end() {
        guard isEstablished else { return }
        _ = SSL_shutdown(session)
        ERR_clear_error()
    }

    /// What is to be sent now.
    package func takeOutput() -> [UInt8] {
        var output: [UInt8] = []
        while true {
            let count = BIO_read(toSend, &chunk, Int32(chunk.count))
            guard count > 0 else { return output }
            output += chunk[..<Int(count)]
        }
    }

    /// What the client's certificate calls it: its alternative names (DNS, mail, URI) and its common name.
    package var peerNames: [String] {
        guard let certificate = SSL_get1_peer_certificate(session) else { return [] }
        defer { X509_free(certificate) }
        var names: [String] = []
        var buffer = [CChar](repeating: 0, count: MutualTLSSession.nameBytesMax)
        func add(_ count: Int32) {
            let bytes = buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }
            // A name with a zero or another control byte in it is one that two readers could read two ways.
            guard count > 0, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
                let name = String(validating: bytes, as: UTF8.self), !names.contains(name)
            else { return }
            names.append(name)
        }
        add(co_common_name(certificate, &buffer, Int32(buffer.count)))
        var index: Int32 = 0
        while index < MutualTLSSession.namesMax {
            let count = co_alternative_name(certificate, index, &buffer, Int32(buffer.count))
            guard count >= 0 else { break }
            add(count)
            index += 1
        }
        return names
    }

    private static let namesMax: Int32 = 32
    private static let nameBytesMax = 256
}
