import PoolModel

/// A server that sends its clients to https: `return 301 https://$host$request_uri`. One that passes requests on as well
/// does so for those that do not speak TLS yet: `if ($scheme != "https") { return … }`.
struct NginxRedirect {
    /// Where it stands, and the names that it is for.
    let server: NginxConf.Directive
    private(set) var target = HTTPSRedirect()
    private(set) var notes: [ImportNote] = []
    /// What of the server has been understood; everything else is to be listed.
    private(set) var understood: Set<ImportToken> = []
    /// It does nothing else.
    let isWhole: Bool

    /// nil where the server sends nobody to https, or does so only for some of what it passes on.
    init?(_ server: NginxConf.Directive) {
        self.server = server
        let block = server.block ?? []
        guard let found = NginxRedirect.rule(in: block), let port = NginxRedirect.port(of: found.rule) else {
            return nil
        }
        isWhole = found.place.name.text == "return" || !NginxRedirect.passes(block)
        guard isWhole || NginxRedirect.isForPlain(found.place) && block.contains(where: NginxRedirect.isSecure) else {
            return nil
        }
        target.port = port
        understood = [found.place.name]
        if !["301", "302", "307", "308"].contains(found.rule.argument(0)) {
            notes.append(found.rule.name.note(.changed, "the answer is 301, and 308 where a body must be sent again"))
        }
        let host = NginxRedirect.host(of: found.rule)
        if !["$host", "$http_host", "$server_name"].contains(host) {
            notes.append(found.rule.name.note(.changed, "clients stay with the host that they asked for, not \(host)"))
        }
        for directive in block {
            switch directive.name.text {
            case "listen", "server_name": if isWhole { understood.insert(directive.name) }
            // certbot's last line, for hosts that its rules do not name.
            case "return" where directive != found.rule && isWhole: understood.insert(directive.name)
            // One of its rules for each host.
            case "if" where NginxRedirect.rule(in: [directive]).flatMap { NginxRedirect.port(of: $0.rule) } == port:
                understood.insert(directive.name)
            case "location" where isWhole: challenge(directive)
            default: break
            }
        }
    }

    private static func passes(_ block: [NginxConf.Directive]) -> Bool {
        block.contains { $0.name.text == "proxy_pass" || passes($0.block ?? []) }
    }

    /// `if ($scheme = http)` or `if ($scheme != "https")`.
    private static func isForPlain(_ place: NginxConf.Directive) -> Bool {
        let words = place.arguments.map { $0.text.filter { !"()\"' ".contains($0) } }.joined()
        return place.name.text == "if" && ["$scheme=http", "$scheme!=https", "$https=", "$https!=on"].contains(words)
    }

    private static func isSecure(_ directive: NginxConf.Directive) -> Bool {
        directive.name.text == "listen" && directive.arguments.contains { $0.text == "ssl" }
    }

    /// The rule, and the directive of the server that it stands in: its own, that of `location /`, or certbot's `if`.
    private static func rule(
        in block: [NginxConf.Directive]
    ) -> (rule: NginxConf.Directive, place: NginxConf.Directive)? {
        for directive in block {
            switch directive.name.text {
            case "return" where port(of: directive) != nil: return (directive, directive)
            case "if", "location":
                let isWhole = directive.name.text == "if" || directive.argument(0) == "/"
                let inner = directive.block ?? []
                if isWhole, inner.count == 1, let rule = inner.first, rule.name.text == "return", port(of: rule) != nil
                {
                    return (rule, directive)
                }
            default: break
            }
        }
        return nil
    }

    /// `https://HOST[:PORT]$request_uri`, where HOST may be a variable; nil for anything else.
    private static func parts(of rule: NginxConf.Directive) -> (host: String, port: UInt16)? {
        let (code, url) = (rule.argument(0), rule.argument(1))
        guard ["301", "302", "303", "307", "308"].contains(code), url.hasPrefix("https://") else { return nil }
        let rest = url.dropFirst(8)
        guard let end = ["$request_uri", "$uri$is_args$args"].first(where: rest.hasSuffix) else { return nil }
        let authority = rest.dropLast(end.count)
        guard !authority.isEmpty, !authority.contains("/") else { return nil }
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else {
            return (String(authority), 443)
        }
        guard let port = UInt16(authority[authority.index(after: colon)...]), port > 0 else { return nil }
        return (String(authority[..<colon]), port)
    }

    private static func port(of rule: NginxConf.Directive) -> UInt16? { parts(of: rule)?.port }
    private static func host(of rule: NginxConf.Directive) -> String { parts(of: rule)?.host ?? "" }

    /// `location /.well-known/acme-challenge/ { root /var/www; }`, certbot's webroot.
    private mutating func challenge(_ location: NginxConf.Directive) {
        let path = location.arguments.last?.text ?? ""
        let prefix = HTTPSRedirect.acmePrefix
        guard path == prefix || path == String(prefix.dropLast()),
            let root = location.block?.first(where: { $0.name.text == "root" }), root.argument(0).hasPrefix("/"),
            !root.argument(0).contains("$")
        else { return }
        target.acmeRoot = root.argument(0)
        understood.insert(location.name)
    }

    var names: Set<String> {
        Set((server.block ?? []).filter { $0.name.text == "server_name" }.flatMap { $0.arguments.map(\.text) })
    }

    /// Where it is sent to https from.
    var listens: [NginxConf.Directive] {
        (server.block ?? []).filter { $0.name.text == "listen" && (isWhole || !NginxRedirect.isSecure($0)) }
    }
}
