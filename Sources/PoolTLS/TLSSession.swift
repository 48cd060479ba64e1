internal import COpenSSL

/// One client's TLS session, without a socket: bytes pass through the loop's ``TLSScratch``.
// State: the loop's.
package final class TLSSession {
    package enum Outcome: Equatable {
        /// All that was received has been taken.
        case more
        /// The scratch memory is full: send, and read again.
        case mustSend
        /// The peer has said that it will send nothing more.
        case ended
        case failed(Failure)
    }

    package enum Failure: Equatable {
        /// It speaks HTTP without TLS.
        case plainHTTP
        case other
    }

    private let session: OpaquePointer
    private let scratch: TLSScratch
    /// Holds what the session's callbacks use.
    private let context: TLSContext
    /// The handshake is over.
    package private(set) var isEstablished = false
    /// The peer has ended its side.
    package private(set) var isEnded = false
    /// Nothing can be read or written any more.
    package private(set) var isBroken = false

    package init?(_ context: TLSContext, _ scratch: TLSScratch) {
        guard let session = context.makeSession() else { return nil }
        guard let bio = scratch.makeBIO() else {
            SSL_free(session)
            return nil
        }
        SSL_set_bio(session, bio, bio)
        SSL_set_accept_state(session)
        self.session = session
        self.scratch = scratch
        self.context = context
    }

    deinit { SSL_free(session) }

    /// Whether the handshake resumed an earlier session.
    package var isResumed: Bool { SSL_session_reused(session) == 1 }

    /// Whether the client chose HTTP/2 by ALPN; known once the handshake is over.
    package var hasChosenHTTP2: Bool {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(session, &name, &count)
        guard count == 2, let name else { return false }
        return name[0] == UInt8(ascii: "h") && name[1] == UInt8(ascii: "2")
    }

    /// Who the client is; nil where it was not asked.
    package var clientIdentity: ClientIdentity? {
        guard context.asksClients else { return nil }
        guard let certificate = SSL_get1_peer_certificate(session) else { return ClientIdentity.none }
        defer { X509_free(certificate) }
        let verdict = SSL_get_verify_result(session)
        guard verdict == Int(X509_V_OK) else {
            return .refused(String(cString: X509_verify_cert_error_string(verdict)))
        }
        return .verified(CertificateFacts(of: certificate))
    }

    /// Tells that the scratch memory holds so many received bytes, which the next reads are about.
    package func received(_ count: Int) { scratch.offer(count) }

    /// Takes text off what was received. There may be something to send afterwards, whatever the outcome.
    ///
    /// - Returns: the bytes of text, and why there are not more.
    package func read(_ bytes: UnsafeMutableRawPointer, _ capacity: Int) -> (count: Int, outcome: Outcome) {
        var count = 0
        while count < capacity {
            let got = SSL_read(session, bytes + count, Int32(clamping: capacity - count))
            if got > 0 {
                count += Int(got)
                continue
            }
            return (count, judge(SSL_get_error(session, got)))
        }
        noteHandshake()
        return (count, .more)
    }

    private func judge(_ code: Int32) -> Outcome {
        noteHandshake()
        switch code {
        case SSL_ERROR_WANT_READ: return .more
        case SSL_ERROR_WANT_WRITE: return .mustSend
        case SSL_ERROR_ZERO_RETURN:
            isEnded = true
            return .ended
        default:
            isBroken = true
            let reason = co_error_reason(ERR_peek_error())
            ERR_clear_error()
            return .failed(reason == SSL_R_HTTP_REQUEST ? .plainHTTP : .other)
        }
    }

    private func noteHandshake() {
        if !isEstablished && SSL_is_init_finished(session) == 1 { isEstablished = true }
    }

    /// Turns text into records, as far as the scratch memory has room: what is left is for after a send.
    ///
    /// - Returns: the bytes taken; -1 where the session is broken.
    package func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        guard isEstablished, !isBroken else { return -1 }
        var taken = 0
        while taken < count && scratch.hasRoom {
            let piece = min(count - taken, TLSScratch.recordBytesMax)
            guard SSL_write(session, bytes + taken, Int32(piece)) == Int32(piece) else {
                isBroken = true
                ERR_clear_error()
                return -1
            }
            taken += piece
        }
        return taken
    }

    /// Tells the peer that nothing more will come: without it a cut looks like an end.
    package func end() {
        guard isEstablished, !isBroken else { return }
        _ = SSL_shutdown(session)
        ERR_clear_error()
    }
}
