/// A request method: those that the proxy treats in a way of their own, and all others.
package enum HTTPMethod: UInt8, Hashable, Sendable, CaseIterable {
    case get, head, post, put, delete, options, patch, trace, connect
    /// Any other token; its bytes are in the head's `methodRange`.
    case other

    /// Whether a request may be sent twice with the effect of once (RFC 9110, 9.2.2). An unknown method may not.
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }

    /// Reads a token; methods are case-sensitive, so `get` is another method than `GET`.
    @inline(__always)
    init(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        @inline(__always)
        func matches(_ literal: StaticString) -> Bool {
            let other = literal.utf8Start
            var index = 0
            while index < literal.utf8CodeUnitCount {
                if bytes[index] != other[index] { return false }
                index &+= 1
            }
            return true
        }
        switch count {
        case 3: self = matches("GET") ? .get : matches("PUT") ? .put : .other
        case 4: self = matches("POST") ? .post : matches("HEAD") ? .head : .other
        case 5: self = matches("PATCH") ? .patch : matches("TRACE") ? .trace : .other
        case 6: self = matches("DELETE") ? .delete : .other
        case 7: self = matches("OPTIONS") ? .options : matches("CONNECT") ? .connect : .other
        default: self = .other
        }
    }
}
