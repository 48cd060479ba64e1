internal import PoolHTTP

/// A stream of HTTP/2 as exchanges see it: a client that sends one request and gets one answer, in the text of HTTP/1.1.
///
/// Its request's head is written into `input`; the body is read from ``inbox`` in chunks or as it is. The answer's text is
/// taken apart again: its head becomes a HEADERS frame, the payload waits in `output` until the library asks for it, as
/// flow control lets it. While something waits there nothing is read of the worker, which is the whole of back-pressure;
/// the client's window opens when the exchange takes bytes off the inbox.
final class StreamClient: ClientConnection {
    enum Answer { case head, body, whole }

    /// Ends after its streams.
    unowned let session: HTTP2Session
    let id: Int32
    /// Where the session keeps it.
    var place = 0

    // The request
    /// Bytes of the body that the exchange has not taken: no more than the stream's window.
    var inbox: Buffer?
    /// The body goes on in chunks.
    var isChunked = false
    /// END_STREAM has come.
    var isInputEnded = false
    /// The end has been told to the exchange.
    var isEndTold = false
    /// It has one of the connection's wide windows.
    var isWide = false
    /// Lines of the trailer section.
    var trailers: [UInt8] = []
    var isHead = false
    /// An extended CONNECT.
    var isWebSocket = false
    /// Why the head cannot be passed on.
    var fault = HTTPFault.none
    /// Is in the session's list of streams with something to read.
    var isReady = false

    // The answer
    var answer = Answer.head
    var framing = BodyFraming(count: 0)
    var answerTrailers: [UInt8] = []
    /// The library was told that there is nothing to send now.
    var isWaiting = false
    /// The library has closed the stream: nothing can be sent on it.
    var isGone = false
    /// Is in the session's list of streams whose output has been taken.
    var isDrained = false
    /// What the session counts for its output.
    var pendingBytes = 0
    /// What the connection had made when the last piece of the answer was taken.
    var pieceAt = 0
    /// What the client had got of the connection when this stream's time was last over.
    var deliveredSeen = 0

    init(_ session: HTTP2Session, id: Int32) {
        let client = session.client
        self.session = session
        self.id = id
        // The descriptor is the connection's: for its addresses, and never to be read, written or closed here.
        super.init(
            descriptor: client.descriptor,
            listener: client.listener,
            peer: client.peer,
            isTrusted: client.isTrusted
        )
        isSecure = client.isSecure
        certificate = client.certificate
        isLayered = true
        isStream = true
        // Nothing comes behind its request.
        isHalfClosed = true
    }
}
