import PoolModel
internal import PoolTOML

/// The `listen` directives of servers.
extension NginxImport {
    mutating func listen(
        _ directive: NginxConf.Directive,
        _ tls: inout NginxTLS,
        _ index: Int,
        _ front: inout FrontSpec
    ) {
        let flags = Set(directive.arguments.dropFirst().map(\.text))
        if flags.contains("quic") {
            note(directive.name, .lost, "\(directive.argument(0)): HTTP/3 is not spoken")
            return
        }
        if flags.contains("proxy_protocol") { front.acceptProxyProtocol = true }
        guard let address = address(directive) else { return }
        guard flags.contains("ssl") || tls.isOn else {
            // nginx then takes HTTP/2 from clients that begin with it.
            if flags.contains("http2") { front.h2c = true }
            add(FrontListener(address), directive.name, index, &front)
            return
        }
        if flags.contains("http2") { note(directive.name, .unneeded, "clients that speak TLS may choose HTTP/2") }
        guard let spec = tls.spec(for: directive) else { return }
        add(FrontListener(address, tls: spec), directive.name, index, &front)
    }

    /// Adds a listener that the pool does not have yet. Pools may share an address, as servers do: they are told apart
    /// by their names and paths.
    mutating func add(_ listener: FrontListener, _ token: ImportToken, _ index: Int, _ front: inout FrontSpec) {
        var listener = listener
        for other in drafts.indices where other != index {
            let spec = drafts[other].spec
            for theirs in spec.front.listeners where theirs.address.collides(with: listener.address) {
                if let trouble = NginxImport.trouble(listener, front, theirs, spec.front) {
                    note(token, .lost, "\(listener.address) is taken by the pool \(spec.name)\(trouble)")
                    return
                }
                guard var tls = listener.tls, let policy = theirs.tls, !tls.hasSamePolicy(as: policy) else { continue }
                note(token, .changed, "TLS at \(listener.address) is as the pool \(spec.name) has it")
                (tls.versionMin, tls.clients) = (policy.versionMin, policy.clients)
                listener.tls = tls
            }
        }
        guard let known = front.listeners.firstIndex(where: { $0.address.collides(with: listener.address) }) else {
            front.listeners.append(listener)
            return
        }
        guard let more = listener.tls?.certificates, var tls = front.listeners[known].tls else {
            if (listener.tls == nil) != (front.listeners[known].tls == nil)
                || listener.redirect != front.listeners[known].redirect
            {
                note(token, .lost, "the pool does something else at \(listener.address) already")
            }
            return
        }
        // Several names on one address: the certificate follows from the name that the client asks for.
        for files in more where !tls.certificates.contains(files) && tls.certificates.count < Limits.certificatesMax {
            tls.certificates.append(files)
        }
        front.listeners[known].tls = tls
    }

    /// What keeps a front from an address that another one has: what is said behind the other's name.
    private static func trouble(
        _ listener: FrontListener,
        _ front: FrontSpec,
        _ theirs: FrontListener,
        _ other: FrontSpec
    ) -> String? {
        if theirs.address != listener.address { return ", as \(theirs.address)" }
        if (theirs.tls == nil) != (listener.tls == nil) { return ", and either both speak TLS or none" }
        let names = Set(front.serverNames.map { $0.lowercased() })
        let others = Set(other.serverNames.map { $0.lowercased() })
        let isSameHost = names.isEmpty && others.isEmpty || !names.isDisjoint(with: others)
        let paths = Set(front.paths.isEmpty ? ["/"] : front.paths)
        let isSamePath = !paths.isDisjoint(with: other.paths.isEmpty ? ["/"] : other.paths)
        return isSameHost && isSamePath ? ", for the same hosts" : nil
    }

    mutating func address(_ directive: NginxConf.Directive) -> Address? {
        let known: Set = ["default_server", "default", "proxy_protocol", "ssl", "http2"]
        for token in directive.arguments.dropFirst() where !known.contains(token.text) {
            note(token, .unneeded, "the proxy sets up its listeners itself")
        }
        var text = directive.argument(0)
        if text.utf8.allSatisfy(isDigit) {
            text = "0.0.0.0:\(text)"
        } else if text.hasPrefix("*") {
            text = "0.0.0.0" + text.dropFirst()
        }
        if !text.hasPrefix("unix:"), text.hasSuffix("]") || !text.contains(":") { text += ":80" }
        do throws(TemplateError) {
            return try AddressText.read(text)
        } catch {
            note(directive.arguments.first ?? directive.name, .invalid, error.description)
            return nil
        }
    }
}
