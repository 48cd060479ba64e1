internal import COpenSSL

/// TLS 1.3 where the client shows a certificate too: what all sessions of a listener share.
///
/// Only certificates of the given authorities come through the handshake. Sessions are not resumed: each connection
/// shows its certificate.
// Unchecked: immutable after the initialiser; the library counts the references to its context atomically.
package final class MutualTLSContext: @unchecked Sendable {
    private let context: OpaquePointer

    /// - Parameters:
    ///   - authorities: PEM text of the certificates whose holders vouch for clients.
    ///   - path: the file that it is from, for messages.
    package init(_ certificate: Certificate, authorities: String, of path: String) throws(TLSIssue) {
        let issuers = try Certificate.certificates(in: authorities, of: path)
        defer { issuers.forEach { X509_free($0) } }
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSIssue(TLSIssue.takeReason()) }
        co_set_modes(context)
        co_set_options(context)
        co_set_cache_off(context)
        co_set_version_min(context, TLS1_3_VERSION)
        co_demand_certificate(context)
        let store = SSL_CTX_get_cert_store(context)
        let isMade =
            SSL_CTX_set_num_tickets(context, 0) == 1
            && SSL_CTX_use_certificate(context, certificate.leaf) == 1
            && SSL_CTX_use_PrivateKey(context, certificate.key) == 1
            && certificate.chain.allSatisfy { co_add_chain(context, $0) == 1 }
            && issuers.allSatisfy { X509_STORE_add_cert(store, $0) == 1 && SSL_CTX_add_client_CA(context, $0) == 1 }
        guard isMade else {
            SSL_CTX_free(context)
            throw TLSIssue(TLSIssue.takeReason())
        }
        self.context = context
    }

    deinit { SSL_CTX_free(context) }

    /// A new client's session; nil where there is no memory for it.
    package func makeSession() -> MutualTLSSession? {
        guard let session = SSL_new(context) else { return nil }
        guard let received = BIO_new(BIO_s_mem()), let toSend = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            return nil
        }
        // The session owns both from here on, and holds the context.
        SSL_set_bio(session, received, toSend)
        SSL_set_accept_state(session)
        return MutualTLSSession(session, received: received, toSend: toSend)
    }
}
