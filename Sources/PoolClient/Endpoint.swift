/// Where a daemon is.
package enum Endpoint: Hashable, Sendable {
    /// A control socket of this host.
    case socket(path: String)
    /// Another host, over TLS with certificates on both sides.
    case remote(RemoteEndpoint)

    /// For people: the path, or `https://host:port`.
    package var name: String {
        switch self {
        case .socket(let path): path
        case .remote(let remote):
            "https://\(remote.host.contains(":") ? "[\(remote.host)]" : remote.host):\(remote.port)"
        }
    }
}

/// A daemon on another host, and what is needed to be let in.
package struct RemoteEndpoint: Hashable, Sendable {
    package var host: String
    package var port: UInt16
    /// Paths of PEM files: our certificate, its key, and the authorities that vouch for the daemon's.
    package var certificate: String
    package var key: String
    package var authorities: String

    package static let portDefault: UInt16 = 7443

    /// Reads `https://host`, `https://host:7443`, `https://[::1]:7443/`; nil for anything else.
    package init?(url: String, certificate: String, key: String, authorities: String) {
        guard url.hasPrefix("https://") else { return nil }
        var rest = url.dropFirst(8)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var port = RemoteEndpoint.portDefault
        if let colon = rest.lastIndex(of: ":"), rest.last != "]" {
            let digits = rest[rest.index(after: colon)...]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(digits),
                number > 0
            else { return nil }
            port = number
            host = rest[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@".utf8.contains($0) }) else {
            return nil
        }
        self.host = String(host)
        self.port = port
        self.certificate = certificate
        self.key = key
        self.authorities = authorities
    }
}
