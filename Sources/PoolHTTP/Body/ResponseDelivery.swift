/// How a response's body travels on to the client, decided from the response head and the request it answers.
package struct ResponseDelivery: Hashable, Sendable {
    package enum Coding: UInt8, Hashable, Sendable {
        /// As it comes: by length, or none at all.
        case plain
        /// In chunks, as it comes.
        case chunked
        /// The payload of a chunked body, for an HTTP/1.0 client: ends with the client's connection.
        case dechunked
        /// Ends with the worker's connection, so with the client's too.
        case untilClose
    }

    package var coding: Coding
    /// Where the body ends on the worker's side.
    package var framing: BodyFraming
    /// Whether the client's connection must be closed behind this answer, for its framing.
    package var closesClient: Bool
    /// Whether the worker's connection can carry another request once the body is done.
    package var keepsWorker: Bool
    /// A 101 that was asked for: both connections become a tunnel behind the head.
    package var isTunnel: Bool
    /// ``HTTPFault/upgradeNotAsked``, or none.
    package var fault: HTTPFault

    /// - Parameters:
    ///   - sentUpgrade: whether the request went to the worker with its Upgrade field.
    package init(of head: ResponseHead, to request: RequestHead, sentUpgrade: Bool) {
        self.init(of: head, method: request.method, clientIsHTTP10: request.isHTTP10, sentUpgrade: sentUpgrade)
    }

    /// RFC 9112, 6.3: HEAD, 1xx, 204 and 304 have no body, whatever their fields say; then chunks, length, end.
    package init(of head: ResponseHead, method: HTTPMethod, clientIsHTTP10: Bool, sentUpgrade: Bool) {
        coding = .plain
        framing = BodyFraming(count: 0)
        closesClient = false
        keepsWorker = head.isPersistent
        isTunnel = false
        fault = .none
        if head.status < 200 {
            if head.status == 101 {
                isTunnel = sentUpgrade
                keepsWorker = false
                if !sentUpgrade { fault = .upgradeNotAsked }
            }
        } else if method == .head || head.status == 304 {
            // A chunked coding is only announced; an HTTP/1.0 client must not even see that.
            if head.isChunked && !clientIsHTTP10 { coding = .chunked }
        } else if head.status == 204 {
            // A length here contradicts the status; if a body does come, it must not be read as the next answer.
            if head.isChunked || head.contentLength > 0 { keepsWorker = false }
        } else if head.isChunked {
            framing = BodyFraming(chunkedUpTo: 0)
            coding = clientIsHTTP10 ? .dechunked : .chunked
            closesClient = clientIsHTTP10
        } else if head.contentLength >= 0 {
            framing = BodyFraming(count: head.contentLength)
        } else {
            framing = .untilClose
            coding = .untilClose
            closesClient = true
            keepsWorker = false
        }
    }
}
