/// Fields that may not come in a trailer section (RFC 9110, 6.5.1): those that frame, route, modify or authenticate the
/// message, and those by which the proxy speaks. A receiver that merged them into the head would be deceived.
///
/// Names are compared by a 64-bit hash that grows with each byte, so that a name may be split over reads at any place
/// without a buffer. A collision can only refuse a message, never let a forbidden name through.
enum ForbiddenTrailers {
    static let names: [String] = [
        "accept", "age", "authorization", "cache-control", "connection", "content-encoding", "content-length",
        "content-range", "content-type", "cookie", "date", "expect", "expires", "forwarded", "host", "http2-settings",
        "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "location",
        "max-forwards", "pool-error", "pool-worker", "pragma", "proxy", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "range", "retry-after", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade",
        "vary", "via", "warning", "www-authenticate", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port",
        "x-forwarded-proto", "x-forwarded-server", "x-real-ip", "x-request-id", "x-request-start",
        "x-ssl-client-fingerprint", "x-ssl-client-names", "x-ssl-client-subject", "x-ssl-client-verify",
    ]

    /// FNV-1a's offset basis.
    static let emptyHash: UInt64 = 0xcbf2_9ce4_8422_2325

    private static let hashes = Set(names.map { $0.utf8.reduce(emptyHash) { hash($0, $1) } })

    /// The hash of a name with one more byte; case does not count, and an underscore is a hyphen, as in CGI.
    @inline(__always)
    static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        let folded = byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : lowercased(byte)
        return (hash ^ UInt64(folded)) &* 0x0000_0100_0000_01b3
    }

    static func contains(_ hash: UInt64) -> Bool { hashes.contains(hash) }
}

/// Names that a front's rules set or remove: refused in a trailer section as well, or a client would say there what the
/// rule says in the head.
package final class RuledTrailers: Sendable {
    private let hashes: Set<UInt64>

    /// - Parameter names: in lower case, underscores as hyphens.
    init?(_ names: [[UInt8]]) {
        guard !names.isEmpty else { return nil }
        hashes = Set(names.map { $0.reduce(ForbiddenTrailers.emptyHash, ForbiddenTrailers.hash) })
    }

    /// What framing holds of them: a word that counts no references, because every request copies its framing. Whoever
    /// has the framing keeps the names alive beside it.
    struct Borrowed: Hashable, Sendable {
        private let address: UInt

        init(_ names: RuledTrailers?) {
            address = names.map { UInt(bitPattern: Unmanaged.passUnretained($0).toOpaque()) } ?? 0
        }

        func contains(_ hash: UInt64) -> Bool {
            guard let pointer = UnsafeRawPointer(bitPattern: address) else { return false }
            return Unmanaged<RuledTrailers>.fromOpaque(pointer).takeUnretainedValue().hashes.contains(hash)
        }
    }
}
