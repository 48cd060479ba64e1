/// A parsed request head: plain numbers, offsets into the raw bytes.
package struct RequestHead: Hashable, Sendable {
    /// The form of the request target (RFC 9112, 3.2); CONNECT's authority form is refused.
    package enum TargetForm: UInt8, Hashable, Sendable { case origin, absolute, asterisk }

    /// Bytes of the head, with empty lines before it and the one at its end; 0 while it is incomplete or faulty.
    package var consumed = 0
    package var fault = HTTPFault.none
    package var method = HTTPMethod.other
    package var form = TargetForm.origin
    package var isHTTP10 = false
    /// Whether the client would use the connection again after the answer.
    package var isPersistent = false
    /// Whether the client asked for a 100. Some do without a body: that is for the worker to answer.
    package var expectsContinue = false
    /// A WebSocket handshake: `Upgrade: websocket` alone, HTTP/1.1, no body. Any other upgrade is not passed on.
    package var isWebSocket = false
    package var methodRange = ByteRange.none
    /// The target as it was sent.
    package var target = ByteRange.none
    /// Path and query: what goes on to the worker. Empty for an absolute form without a path (`/` is meant).
    package var path = ByteRange.none
    /// Host and port: of the target where it is absolute, else of Host. Empty for an HTTP/1.0 request without either.
    package var authority = ByteRange.none
    package var facts = HeadFacts()

    package init() {}

    /// The body's length in bytes, or -1 without a Content-Length.
    package var contentLength: Int { facts.contentLength }
    package var isChunked: Bool { facts.isChunked }
    package var hasBody: Bool { facts.isChunked || facts.contentLength > 0 }
    /// The request line without its CRLF.
    package var line: ByteRange {
        ByteRange(start: methodRange.start, count: target.start + target.count + 9 - methodRange.start)
    }
}
