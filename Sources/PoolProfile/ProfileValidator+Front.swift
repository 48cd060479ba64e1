internal import PoolModel
internal import PoolTOML

/// What clients are met with: addresses, files, certificates.
extension ProfileValidator {
    mutating func checkFront() {
        resolveFiles()
        checkSecurity()
        let listen = spec.front.listen
        for (index, address) in listen.enumerated() {
            guard let other = listen[..<index].first(where: { $0.collides(with: address) }) else { continue }
            let message = other == address ? "\(address) is given twice" : "\(address) is already taken by \(other)"
            report(.error, at: "front.listen", message)
        }
        if let range = spec.front.trustedProxies.first(where: { $0.hasSuffix("/0") }) {
            report(
                .warning,
                at: "front.trusted_proxies",
                "\(range) lets every client claim any address in its forwarding headers",
                "name the proxies that stand in front of Pool"
            )
        }
        let front = spec.front
        for (key, rules) in [("request_headers", front.requestHeaders), ("response_headers", front.responseHeaders)] {
            let bytes = rules.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.utf8.count ?? 0) + 4 }
            guard bytes > Limits.headerRulesBytesMax else { continue }
            let most = Limits.headerRulesBytesMax >> 10
            report(.error, at: "front.\(key)", "the headers have more than \(most) KiB together")
        }
        if spec.front.limits.requestLineBytesMax > spec.front.limits.headBytesMax {
            report(
                .error,
                at: "front.limits.request_line_size_max",
                "request_line_size_max is more than head_size_max, of which it is a part"
            )
        }
    }

    /// Paths are relative to the profile.
    private mutating func resolveFiles() {
        for index in spec.front.statics.indices {
            spec.front.statics[index].root = Path.absolute(spec.front.statics[index].root, in: profile.directory)
        }
        for index in spec.front.errorPages.indices {
            spec.front.errorPages[index].file = Path.absolute(spec.front.errorPages[index].file, in: profile.directory)
        }
        if let page = spec.front.maintenance.page {
            spec.front.maintenance.page = Path.absolute(page, in: profile.directory)
        }
        for listener in spec.front.listeners.indices {
            if let webroot = spec.front.listeners[listener].redirect?.acmeRoot {
                spec.front.listeners[listener].redirect?.acmeRoot = Path.absolute(webroot, in: profile.directory)
            }
            guard let tls = spec.front.listeners[listener].tls else { continue }
            spec.front.listeners[listener].tls?.certificates = tls.certificates.map { files in
                CertificateFiles(
                    certificate: Path.absolute(files.certificate, in: profile.directory),
                    key: Path.absolute(files.key, in: profile.directory),
                    staple: files.staple.map { Path.absolute($0, in: profile.directory) }
                )
            }
            if let authorities = tls.clients?.authorities {
                spec.front.listeners[listener].tls?.clients?.authorities = Path.absolute(
                    authorities,
                    in: profile.directory
                )
            }
        }
    }

    private mutating func checkSecurity() {
        let listeners = spec.front.listeners
        for case (let address, let redirect?) in listeners.map({ ($0.address, $0.redirect) }) {
            let target = listeners.first { listener in
                guard case .tcp(_, let port) = listener.address else { return false }
                return listener.tls != nil && port == redirect.port
            }
            guard target == nil, redirect.port != 443 else { continue }
            report(
                .warning,
                at: "front.listen",
                "\(address) redirects to port \(redirect.port), where no listener of this profile speaks https"
            )
        }
        for (index, spec) in spec.front.statics.enumerated() {
            guard self.spec.front.statics[..<index].contains(where: { $0.prefix == spec.prefix }) else { continue }
            report(.error, at: "front.static", "the prefix \(quoted(spec.prefix)) is given twice")
        }
        var named: Set<Int> = []
        for status in spec.front.errorPages.flatMap(\.statuses) where !named.insert(status).inserted {
            report(.error, at: "front.error_page", "status \(status) has two pages")
        }
        if spec.front.strictTransport != nil, !listeners.contains(where: { $0.tls != nil }) {
            report(.warning, at: "front.hsts", "no listener speaks https: browsers take hsts from https only")
        }
    }
}
