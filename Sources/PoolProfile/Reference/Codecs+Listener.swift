import PoolModel
internal import PoolTOML

extension ProfileCodec<FrontListener> {
    /// `"0.0.0.0:8080"`, or a table `{ address = …, tls = {…}, redirect_https = true }`.
    static let listener = ProfileCodec(
        type: "address, or table of address, tls, redirect_https, acme_webroot, mode, owner and group",
        expected: "an address such as \"0.0.0.0:8080\", or { address = …, tls = {…} }",
        reading: { value, problems in
            guard case .table(let table) = value.kind else {
                return ProfileCodec<Address>.address.read(value, &problems).map { FrontListener($0) }
            }
            var reader = InlineTable(table, of: "listen", at: value.position)
            let count = problems.count
            let address = reader.required("address", .address, &problems)
            let tls = reader.optional("tls", .tls, &problems)
            let redirect = reader.optional("redirect_https", .redirect, &problems)
            let webroot = reader.optional("acme_webroot", .text, &problems)
            let access = SocketAccess(
                mode: reader.optional("mode", .octal(through: 0o777), &problems),
                owner: reader.optional("owner", .text, &problems),
                group: reader.optional("group", .text, &problems)
            )
            reader.finish(&problems)
            if tls != nil, redirect?.isThere == true {
                problems.append(
                    ProfileProblem(
                        position: value.position,
                        message: "a listener either speaks https or redirects to it",
                        suggestion: "give the redirect an address of its own, such as \"0.0.0.0:80\""
                    )
                )
            }
            if webroot != nil, redirect?.isThere != true {
                problems.append(
                    ProfileProblem(
                        position: value.position,
                        message: "acme_webroot is for a listener that redirects",
                        suggestion: "add redirect_https = true, or serve the files by [[front.static]]"
                    )
                )
            }
            if case .tcp? = address, access != SocketAccess() {
                problems.append(
                    ProfileProblem(
                        position: value.position,
                        message: "mode, owner and group are for unix sockets",
                        suggestion: "give the address as \"unix:/path\""
                    )
                )
            }
            guard let address, problems.count == count else { return nil }
            var target = redirect?.value
            target?.acmeRoot = webroot
            return FrontListener(
                address,
                tls: tls,
                redirect: target,
                access: access == SocketAccess() ? nil : access
            )
        },
        write: { listener in
            guard listener != FrontListener(listener.address) else { return quoted(listener.address.description) }
            var entries = ["address = \(quoted(listener.address.description))"]
            if let tls = listener.tls { entries.append("tls = \(ProfileCodec<TLSSpec>.tls.write(tls))") }
            if let redirect = listener.redirect {
                entries.append("redirect_https = \(redirect.port == 443 ? "true" : "\(redirect.port)")")
                if let webroot = redirect.acmeRoot { entries.append("acme_webroot = \(quoted(webroot))") }
            }
            if let mode = listener.access?.mode {
                entries.append("mode = \(ProfileCodec<UInt16>.octal(through: 0o777).write(mode))")
            }
            if let owner = listener.access?.owner { entries.append("owner = \(quoted(owner))") }
            if let group = listener.access?.group { entries.append("group = \(quoted(group))") }
            return inlineTable(entries)
        }
    )
}

/// `redirect_https`: none, or one.
struct RedirectChoice: Hashable, Sendable {
    var value: HTTPSRedirect?
    var isThere: Bool { value != nil }
}

extension ProfileCodec<RedirectChoice> {
    /// `true`, `false`, or the port of the https address.
    static let redirect = ProfileCodec(
        "boolean or port",
        expected: "true, false or the port of the https address",
        read: {
            switch $0 {
            case .boolean(let wanted): RedirectChoice(value: wanted ? HTTPSRedirect() : nil)
            case .integer(let port) where (1...65_535).contains(port):
                RedirectChoice(value: HTTPSRedirect(port: UInt16(port)))
            default: nil
            }
        },
        write: { $0.value.map { $0.port == 443 ? "true" : "\($0.port)" } ?? "false" }
    )
}

extension ProfileCodec<TLSSpec> {
    /// `{ certificate = …, key = …, min_version = … }`; certificate and key are as many.
    static let tls = ProfileCodec(
        type: "table of certificate, key, ocsp, min_version, client_certificates and client_ca",
        expected: "a table such as { certificate = \"site.pem\", key = \"site.key\" }",
        reading: { value, problems in
            guard case .table(let table) = value.kind else {
                problems.append(
                    .expected("a table such as { certificate = \"site.pem\", key = \"site.key\" }", found: value)
                )
                return nil
            }
            var reader = InlineTable(table, of: "tls", at: value.position)
            let count = problems.count
            let paths = ProfileCodec<String>.text.oneOrMore
            let certificates = reader.required("certificate", paths, &problems)
            let keys = reader.optional("key", paths, &problems) ?? certificates
            let staples = reader.optional("ocsp", ProfileCodec<String>.argument.oneOrMore, &problems)
            let least = reader.optional("min_version", .choice(TLSSpec.Version.allCases), &problems)
            let mode = reader.optional("client_certificates", .choice(ClientCertificates.Mode.allCases), &problems)
            let authorities = reader.optional("client_ca", .text, &problems)
            reader.finish(&problems)
            guard let certificates, let keys, problems.count == count else { return nil }
            if let refusal = refusal(certificates, keys) {
                problems.append(
                    ProfileProblem(position: value.position, message: refusal.message, suggestion: refusal.remedy)
                )
                return nil
            }
            if let refusal = refusal(certificates, staples: staples) ?? refusal(mode, authorities) {
                problems.append(
                    ProfileProblem(position: value.position, message: refusal.message, suggestion: refusal.remedy)
                )
                return nil
            }
            var files = zip(certificates, keys).map { CertificateFiles(certificate: $0, key: $1) }
            for (index, staple) in (staples ?? []).enumerated() where !staple.isEmpty { files[index].staple = staple }
            let clients = authorities.map { ClientCertificates(mode: mode ?? .required, authorities: $0) }
            return TLSSpec(certificates: files, versionMin: least ?? .v12, clients: clients)
        },
        write: { spec in
            func list(_ texts: [String]) -> String {
                texts.count == 1 ? quoted(texts[0]) : "[" + texts.map(quoted).joined(separator: ", ") + "]"
            }
            var entries = [
                "certificate = \(list(spec.certificates.map(\.certificate)))",
                "key = \(list(spec.certificates.map(\.key)))",
            ]
            if spec.certificates.contains(where: { $0.staple != nil }) {
                entries.append("ocsp = \(list(spec.certificates.map { $0.staple ?? "" }))")
            }
            if let clients = spec.clients {
                entries.append("client_certificates = \(quoted(clients.mode.rawValue))")
                entries.append("client_ca = \(quoted(clients.authorities))")
            }
            if spec.versionMin != .v12 { entries.append("min_version = \(quoted(spec.versionMin.rawValue))") }
            return inlineTable(entries)
        }
    )

    private static func refusal(
        _ certificates: [String],
        staples: [String]?
    ) -> (message: String, remedy: String)? {
        guard let staples, staples.count != certificates.count else { return nil }
        return (
            "tls has \(certificates.count) certificates and \(staples.count) files in ocsp",
            "name one for each certificate, in the same order; \"\" is none"
        )
    }

    private static func refusal(
        _ mode: ClientCertificates.Mode?,
        _ authorities: String?
    ) -> (message: String, remedy: String)? {
        guard mode != nil, authorities == nil else { return nil }
        return ("client_certificates needs client_ca", "name the file with the authorities that are believed")
    }

    private static func refusal(_ certificates: [String], _ keys: [String]) -> (message: String, remedy: String)? {
        if certificates.isEmpty { return ("tls names no certificate", "add certificate = \"site.pem\"") }
        if certificates.count > Limits.certificatesMax {
            return ("\(certificates.count) certificates are too many", "the most is \(Limits.certificatesMax)")
        }
        guard certificates.count != keys.count else { return nil }
        let (many, few) = ("\(certificates.count) certificates", "\(keys.count) keys")
        return ("tls has \(many) and \(few)", "name a key for each certificate, in the same order")
    }
}
