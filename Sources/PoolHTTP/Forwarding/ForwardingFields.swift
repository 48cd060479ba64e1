/// The fields by which the proxy tells a worker who asked, and how.
///
/// From a client that is not trusted all of them are replaced, and those that are switched off are removed: an
/// application that reads one of them never reads the client's word. From a trusted proxy, For is appended to, Forwarded
/// too, and the others are kept where they are there.
package struct ForwardingFields: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// `X-Forwarded-For`.
    package static let xFor = ForwardingFields(rawValue: 1)
    /// `X-Forwarded-Proto`.
    package static let xProto = ForwardingFields(rawValue: 2)
    /// `X-Forwarded-Host`.
    package static let xHost = ForwardingFields(rawValue: 4)
    /// `X-Forwarded-Port`.
    package static let xPort = ForwardingFields(rawValue: 8)
    /// `X-Real-IP`.
    package static let realIP = ForwardingFields(rawValue: 16)
    /// `Forwarded` of RFC 7239.
    package static let forwarded = ForwardingFields(rawValue: 32)
    /// `X-Request-ID`.
    package static let requestID = ForwardingFields(rawValue: 64)
    /// `Via: 1.1 pool`, which RFC 9110, 7.6.3 asks of a gateway.
    package static let via = ForwardingFields(rawValue: 128)

    package static let all: ForwardingFields = [.xFor, .xProto, .xHost, .xPort, .realIP, .forwarded, .requestID, .via]

    /// The fields that these kinds are.
    init(_ kinds: FieldKinds) {
        let pairs: [(FieldKind, ForwardingFields)] = [
            (.xForwardedFor, .xFor), (.xForwardedProto, .xProto), (.xForwardedHost, .xHost), (.xForwardedPort, .xPort),
            (.xRealIP, .realIP), (.forwarded, .forwarded), (.xRequestID, .requestID), (.via, .via),
        ]
        self = pairs.reduce(into: []) { if kinds.has($1.0) { $0.formUnion($1.1) } }
    }
}
