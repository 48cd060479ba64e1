internal import COpenSSL
internal import Glibc
package import PoolModel

/// What all TLS sessions of one listener share: certificates, policy, ticket keys. Made once for a routing table.
///
/// The policy is Mozilla's "intermediate" without DHE: TLS 1.2 with ECDHE and AEAD ciphers only, and TLS 1.3.
// Unchecked: everything is immutable after the initialiser; the library's contexts count their references atomically.
package final class TLSContext: @unchecked Sendable {
    private struct Entry {
        var context: OpaquePointer
        var certificate: Certificate
    }

    /// One for each certificate; the first is for clients that name no host of ours.
    private let entries: [Entry]
    let tickets: TicketKeys
    /// Set where clients are asked for a certificate.
    private let authorities: ClientAuthorities?

    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")
    private static let groups = "X25519:prime256v1:secp384r1"

    /// - Parameters:
    ///   - certificates: not empty.
    ///   - http2: offer HTTP/2 too, before HTTP/1.1.
    ///   - authorities: for clients' certificates, where they are asked for.
    package init(
        _ certificates: [Certificate],
        spec: TLSSpec,
        http2: Bool = false,
        authorities: ClientAuthorities? = nil,
        tickets: TicketKeys
    ) throws(TLSIssue) {
        self.tickets = tickets
        self.authorities = authorities
        var entries: [Entry] = []
        for certificate in certificates {
            do throws(TLSIssue) {
                let context = try TLSContext.make(certificate, spec, http2: http2, authorities)
                entries.append(Entry(context: context, certificate: certificate))
            } catch {
                entries.forEach { SSL_CTX_free($0.context) }
                throw error
            }
        }
        guard !entries.isEmpty else { throw TLSIssue("no certificate") }
        self.entries = entries
        // Sessions keep their context alive, but not this object: who makes a session holds it as long (TLSSession).
        let owner = Unmanaged.passUnretained(self).toOpaque()
        for entry in entries {
            SSL_CTX_set_ex_data(entry.context, TLSContext.dataIndex, owner)
            SSL_CTX_set_tlsext_ticket_key_evp_cb(entry.context, TicketKeys.callback)
            co_on_status(entry.context, TLSContext.staple)
        }
        co_on_server_name(entries[0].context, TLSContext.chooseCertificate, owner)
    }

    deinit { for entry in entries { SSL_CTX_free(entry.context) } }

    /// A session of the server's side.
    func makeSession() -> OpaquePointer? { SSL_new(entries[0].context) }

    private static let dataIndex = co_application_data_index()

    /// The context that a session was made of.
    static func of(_ session: OpaquePointer?) -> TLSContext? {
        guard let session, let context = SSL_get_SSL_CTX(session),
            let owner = SSL_CTX_get_ex_data(context, dataIndex)
        else { return nil }
        return Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
    }

    /// Whether clients are asked for a certificate.
    var asksClients: Bool { authorities != nil }

    private static func make(
        _ certificate: Certificate,
        _ spec: TLSSpec,
        http2: Bool,
        _ authorities: ClientAuthorities?
    ) throws(TLSIssue) -> OpaquePointer {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSIssue(TLSIssue.takeReason()) }
        co_set_modes(context)
        co_set_options(context)
        co_set_cache_off(context)
        switch spec.versionMin {
        case .v12: co_set_version_min(context, TLS1_2_VERSION)
        case .v13: co_set_version_min(context, TLS1_3_VERSION)
        }
        SSL_CTX_set_timeout(context, TicketKeys.lifetimeSeconds)
        SSL_CTX_set_num_tickets(context, TicketKeys.perHandshake)
        SSL_CTX_set_alpn_select_cb(context, http2 ? chooseHTTP2 : chooseProtocol, nil)
        let isMade =
            SSL_CTX_set_cipher_list(context, ciphers) == 1 && co_set_groups(context, groups) == 1
            && SSL_CTX_use_certificate(context, certificate.leaf) == 1
            && SSL_CTX_use_PrivateKey(context, certificate.key) == 1
            && certificate.chain.allSatisfy { co_add_chain(context, $0) == 1 }
            && (authorities.map { ask($0, context) } ?? true)
        guard isMade else {
            SSL_CTX_free(context)
            throw TLSIssue(TLSIssue.takeReason())
        }
        return context
    }

    /// Has clients asked for a certificate. None, or a bad one, does not end the handshake: the request is answered
    /// with what is wrong, where an alert would tell a person nothing.
    private static func ask(_ authorities: ClientAuthorities, _ context: OpaquePointer) -> Bool {
        let store = SSL_CTX_get_cert_store(context)
        for certificate in authorities.certificates {
            guard X509_STORE_add_cert(store, certificate) == 1, SSL_CTX_add_client_CA(context, certificate) == 1 else {
                return false
            }
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER) { _, _ in 1 }
        let id = authorities.sessionContext
        return SSL_CTX_set_session_id_context(context, id, UInt32(id.count)) == 1
    }

    /// OCSP stapling (RFC 6066, 8): the answer of the certificate that was chosen.
    private static let staple: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { session, _ in
        guard let session, let context = TLSContext.of(session), let chosen = SSL_get_SSL_CTX(session),
            let certificate = context.entries.first(where: { $0.context == chosen })?.certificate,
            let staple = certificate.staple, time(nil) < certificate.stapleUntil
        else { return SSL_TLSEXT_ERR_NOACK }
        return co_staple(session, staple, staple.count) == 1 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK
    }

    /// Server Name Indication: the first certificate that is for the named host.
    private static let chooseCertificate:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
            session,
            _,
            owner in
            guard let session, let owner, let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else {
                return SSL_TLSEXT_ERR_NOACK
            }
            let context = Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
            guard let entry = context.entries.first(where: { $0.certificate.isFor(name) }) else {
                return SSL_TLSEXT_ERR_NOACK
            }
            SSL_set_SSL_CTX(session, entry.context)
            return SSL_TLSEXT_ERR_OK
        }

    /// ALPN: what we speak, where the client offers it. One that offers only other protocols is refused (RFC 7301, 3.2).
    private static let chooseProtocol:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, chosen, chosenCount, offered, offeredCount, _ in
            guard let chosen, let chosenCount, let offered else { return SSL_TLSEXT_ERR_NOACK }
            let isFound = choose("http/1.1", of: offered, Int(offeredCount), chosen, chosenCount)
            return isFound ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
        }

    /// The same with HTTP/2, which is better where a client speaks both.
    private static let chooseHTTP2:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, chosen, chosenCount, offered, offeredCount, _ in
            guard let chosen, let chosenCount, let offered else { return SSL_TLSEXT_ERR_NOACK }
            let isFound =
                choose("h2", of: offered, Int(offeredCount), chosen, chosenCount)
                || choose("http/1.1", of: offered, Int(offeredCount), chosen, chosenCount)
            return isFound ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
        }

    private static func choose(
        _ name: StaticString,
        of offered: UnsafePointer<UInt8>,
        _ offeredCount: Int,
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>,
        _ chosenCount: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        var position = 0
        while position < offeredCount {
            let count = Int(offered[position])
            guard position + 1 + count <= offeredCount else { break }
            if count == name.utf8CodeUnitCount, memcmp(offered + position + 1, name.utf8Start, count) == 0 {
                chosen.pointee = offered + position + 1
                chosenCount.pointee = UInt8(count)
                return true
            }
            position += 1 + count
        }
        return false
    }
}
