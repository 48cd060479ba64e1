internal import NIOCore
internal import NIOHTTP1

/// A request as it came: its head, and its body as far as there was room for one.
struct ServerRequest: Sendable {
    var head: HTTPRequestHead
    var body: Body

    /// The body, read before anybody is asked.
    enum Body: Sendable {
        case whole(ByteBuffer)
        /// Over `HTTPConnection.bodyBytesMax`; what came of it was not kept, and the connection ends with the answer.
        case tooLarge
    }

    var method: HTTPMethod { head.method }

    /// The value of a field; several lines of it are one list (RFC 9110, 5.3).
    subscript(field name: String) -> String? {
        let values = head.headers[name]
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The target without its query.
    var path: String { String(head.uri.prefix { $0 != "?" }) }

    /// Why the message itself cannot be taken: a request of HTTP/1.1 has just one Host (RFC 9112, 3.2).
    var fault: String? {
        guard head.version == .http1_1, head.headers["host"].count != 1 else { return nil }
        return "a request has one Host field"
    }
}
