/// Where something listens, in the notation of profiles: `unix:/run/pool/example_1.sock`, `tcp:127.0.0.1:8081`,
/// `0.0.0.0:8080`, `[::]:8080`.
package enum Address: Hashable, Sendable, CustomStringConvertible {
    /// A path in the file system; at most 107 bytes, the kernel's `sun_path` less its NUL.
    case unix(path: String)
    /// A numeric IPv4 or IPv6 address (without brackets), or `localhost`.
    case tcp(host: String, port: UInt16)

    /// The longest path that `sockaddr_un` takes.
    package static let pathBytesMax = 107

    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// Reads the notation above; nil where it is none of them.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count <= Address.pathBytesMax, !path.utf8.contains(0) else {
                return nil
            }
            self = .unix(path: path)
            return
        }
        let rest = text.hasPrefix("tcp:") ? text.dropFirst(4) : text[...]
        guard let colon = rest.lastIndex(of: ":") else { return nil }
        let digits = rest[rest.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let port = UInt16(digits), port > 0
        else {
            return nil
        }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }
}

extension Address: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = Address(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an address: \(text)")
        }
        self = address
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
