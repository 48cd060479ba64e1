package import PoolModel
internal import PoolTOML

/// Reads addresses as `Address` does, and says what is wrong where it would only say no.
package enum AddressText {
    package static func read(_ text: String) throws(TemplateError) -> Address {
        if text.hasPrefix("unix:") { return try unix(String(text.dropFirst(5))) }
        let rest = text.hasPrefix("tcp:") ? text.dropFirst(4) : text[...]
        if rest.hasPrefix("/") || rest.hasPrefix(".") {
            throw TemplateError("\(quoted(text)) is no address", suggestion: "write unix:\(rest) for a unix socket")
        }
        if !rest.isEmpty, rest.utf8.allSatisfy(isDigit) {
            throw TemplateError(
                "\(quoted(text)) is no address",
                suggestion: "write \"0.0.0.0:\(rest)\", or \"127.0.0.1:\(rest)\" for this host only"
            )
        }
        guard let colon = rest.lastIndex(of: ":"), rest.index(after: colon) < rest.endIndex else {
            throw TemplateError(
                "\(quoted(text)) is no address",
                suggestion: "write \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/path\""
            )
        }
        let digits = rest[rest.index(after: colon)...]
        guard digits.utf8.allSatisfy(isDigit), let port = UInt16(digits), port > 0 else {
            throw TemplateError("port \(quoted(String(digits))) is not within 1 to 65535", suggestion: nil)
        }
        let host = String(rest[..<colon])
        guard isHost(host), let address = Address(text) else {
            let remedy =
                host == "*" || host.isEmpty
                ? "write \"0.0.0.0:\(port)\" for every address"
                : "give a numeric address as in \"127.0.0.1:\(port)\" or \"[::1]:\(port)\", or localhost"
            throw TemplateError("\(quoted(host)) is no address of a host", suggestion: remedy)
        }
        return address
    }

    private static func unix(_ path: String) throws(TemplateError) -> Address {
        guard path.hasPrefix("/") else {
            throw TemplateError(
                "the socket's path \(quoted(path)) is not absolute",
                suggestion: "write \"unix:{run}/…\" for the pool's own directory"
            )
        }
        guard path.utf8.count <= Address.pathBytesMax else {
            throw TemplateError(
                "the socket's path has \(path.utf8.count) bytes, the kernel takes \(Address.pathBytesMax): \(path)",
                suggestion: "use a shorter directory or name"
            )
        }
        guard let address = Address("unix:\(path)") else {
            throw TemplateError("\(quoted(path)) is no path of a socket", suggestion: nil)
        }
        return address
    }

    /// A numeric IPv4 address, an IPv6 address in brackets, or `localhost`.
    private static func isHost(_ host: String) -> Bool {
        if host == "localhost" { return true }
        if host.hasPrefix("["), host.hasSuffix("]") { return isIPv6(String(host.dropFirst().dropLast())) }
        return isIPv4(host)
    }

    static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) && UInt8($0) != nil }
    }

    /// Up to eight groups of four hexadecimal digits, one run of them as `::`, the last two perhaps as IPv4.
    static func isIPv6(_ text: String) -> Bool {
        guard text.utf8.count <= 45 else { return false }
        let halves = split(text, at: "::")
        guard halves.count <= 2 else { return false }
        var groups = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, part) in parts.enumerated() {
                let isLast = index == halves.count - 1 && place == parts.count - 1
                if isLast, part.utf8.contains(UInt8(ascii: ".")) {
                    guard isIPv4(String(part)) else { return false }
                    groups += 2
                } else {
                    guard (1...4).contains(part.utf8.count), part.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                        return false
                    }
                    groups += 1
                }
            }
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }

    private static func split(_ text: String, at separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}

extension Address {
    /// Whether one of two listeners would find its address taken by the other. IPv4 and IPv6 are apart: a listener on
    /// `[::]` is for IPv6 alone, so that `0.0.0.0:80` can stand beside it.
    func collides(with other: Address) -> Bool {
        switch (self, other) {
        case (.unix(let path), .unix(let otherPath)): return path == otherPath
        case (.tcp(let host, let port), .tcp(let otherHost, let otherPort)):
            guard port == otherPort, host.contains(":") == otherHost.contains(":") else { return false }
            return isWildcard || other.isWildcard || Address.plain(host) == Address.plain(otherHost)
        case (.unix, .tcp), (.tcp, .unix): return false
        }
    }

    /// Every address of the host.
    var isWildcard: Bool {
        if case .tcp(let host, _) = self { host == "0.0.0.0" || host == "::" } else { false }
    }

    /// Reached from this host only.
    var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }

    private static func plain(_ host: String) -> String { host == "localhost" ? "127.0.0.1" : host }
}
