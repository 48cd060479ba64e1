import PoolModel

/// The `ssl_…` directives of one server: certificates, keys, versions.
struct NginxTLS {
    /// `ssl on;`, nginx's old way: every `listen` of the server speaks TLS.
    private(set) var isOn = false
    private(set) var notes: [ImportNote] = []
    private var certificates: [ImportToken] = []
    private var keys: [ImportToken] = []
    private var versionMin = TLSSpec.Version.v12
    private var staple: ImportToken?
    private var authorities: ImportToken?
    private var trusted: NginxConf.Directive?
    private var verifying: NginxConf.Directive?
    private let directory: String

    /// - Parameters:
    ///   - outer: what `http` says; certificates there are replaced by the server's own.
    ///   - directory: that of the main file, which relative paths are relative to.
    init(server block: [NginxConf.Directive], outer: [NginxConf.Directive], directory: String) {
        self.directory = directory
        for name in ["ssl_certificate", "ssl_certificate_key"] {
            let own = block.filter { $0.name.text == name }
            for directive in own.isEmpty ? outer.filter({ $0.name.text == name }) : own { file(directive) }
        }
        for directive in outer + block { take(directive) }
        noteClients()
    }

    /// Whether a directive is looked at here and nowhere else.
    static func isAbout(_ name: String) -> Bool { name == "ssl" || name.hasPrefix("ssl_") || name == "http2" }

    /// nil, and a note, where there is no certificate.
    mutating func spec(for listen: NginxConf.Directive) -> TLSSpec? {
        guard !certificates.isEmpty, certificates.count == keys.count, certificates.count <= Limits.certificatesMax
        else {
            notes.append(listen.name.note(.lost, "it needs as many ssl_certificate as ssl_certificate_key"))
            return nil
        }
        var files = zip(certificates, keys).map { CertificateFiles(certificate: path($0), key: path($1)) }
        if let staple { files[0].staple = path(staple) }
        return TLSSpec(certificates: files, versionMin: versionMin, clients: clients)
    }

    /// Where `ssl_client_certificate` is not said, nginx verifies with `ssl_trusted_certificate`.
    private var clients: ClientCertificates? {
        guard let clientMode, let file = authorities ?? trusted?.arguments.first else { return nil }
        return ClientCertificates(mode: clientMode, authorities: path(file))
    }

    private var clientMode: ClientCertificates.Mode? {
        switch verifying?.argument(0) {
        case "on": .required
        case "optional": .optional
        default: nil
        }
    }

    /// Says what became of the question for clients' certificates: it must not get lost silently.
    private mutating func noteClients() {
        if let trusted, clients == nil || authorities != nil {
            let isLost = clients != nil
            let reason =
                isLost ? "clients are verified by ssl_client_certificate alone" : "the proxy sets up TLS itself"
            notes.append(trusted.name.note(isLost ? .lost : .unneeded, reason))
        }
        guard let verifying, verifying.argument(0) != "off" else { return }
        guard clients != nil else {
            let reason = "clients are asked by on or optional, with ssl_client_certificate: nobody is asked now"
            notes.append(verifying.name.note(.lost, reason))
            return
        }
        let reason = "workers are told by X-SSL-Client-Verify, -Subject, -Names and -Fingerprint"
        notes.append(verifying.name.note(.changed, reason))
    }

    private mutating func file(_ directive: NginxConf.Directive) {
        guard let token = directive.arguments.first, !token.text.contains("$"), !token.text.hasPrefix("data:"),
            !token.text.hasPrefix("engine:")
        else {
            notes.append(directive.name.note(.lost, "certificates and keys are files with constant names"))
            return
        }
        if directive.name.text == "ssl_certificate" { certificates.append(token) } else { keys.append(token) }
    }

    /// nginx's relative paths are relative to its own configuration, a profile's to the profile.
    private func path(_ token: ImportToken) -> String {
        directory.isEmpty || directory == "." ? token.text : Path.absolute(token.text, in: directory)
    }

    private mutating func take(_ directive: NginxConf.Directive) {
        let name = directive.name.text
        switch name {
        case "ssl": isOn = directive.argument(0) == "on"
        case "ssl_certificate", "ssl_certificate_key": break
        case "ssl_protocols": versions(directive)
        case "ssl_session_cache", "ssl_session_timeout", "ssl_session_tickets", "ssl_session_ticket_key",
            "ssl_prefer_server_ciphers", "ssl_buffer_size", "ssl_early_data", "ssl_handshake_timeout":
            notes.append(directive.name.note(.unneeded, "the proxy sets up TLS itself"))
        case "ssl_ciphers", "ssl_ecdh_curve", "ssl_dhparam", "ssl_conf_command":
            notes.append(directive.name.note(.changed, "the ciphers are OpenSSL's own choice for TLS 1.2 and 1.3"))
        case "ssl_client_certificate": authorities = directive.arguments.first
        case "ssl_verify_client": verifying = directive
        case "ssl_trusted_certificate": trusted = directive
        case "ssl_stapling_file": staple = directive.arguments.first
        case "ssl_stapling" where directive.argument(0) == "on":
            notes.append(
                directive.name.note(.lost, "the authority's answer is read from a file: ocsp in [front] listen")
            )
        case "ssl_stapling", "ssl_stapling_verify":
            notes.append(directive.name.note(.unneeded, "the proxy sets up TLS itself"))
        case "http2" where directive.argument(0) == "off": break
        case "http2":
            notes.append(directive.name.note(.unneeded, "clients that speak TLS may choose HTTP/2"))
        case _ where name.hasPrefix("ssl_"):
            notes.append(directive.name.note(.lost, "no counterpart in [front] listen"))
        default: break
        }
    }

    private mutating func versions(_ directive: NginxConf.Directive) {
        let names = directive.arguments.map { $0.text.lowercased() }
        versionMin = names.contains("tlsv1.2") || !names.contains("tlsv1.3") ? .v12 : .v13
        if names.contains(where: { !["tlsv1.2", "tlsv1.3"].contains($0) }) {
            notes.append(directive.name.note(.changed, "nothing older than TLS 1.2 is spoken"))
        }
    }
}
