internal import PoolTLS

/// A client as exchanges see it: its connection, with what that costs while it is idle. What a request needs is in its
/// ``Exchange``.
class ClientConnection: Connection {
    enum Phase: UInt8 {
        /// Between requests, or within a request's head.
        case waiting
        /// The request's body is coming in.
        case body
        /// The request is whole; its answer is under way, or it waits for a worker.
        case answering
        case tunnel
        /// The last answer is being written; then the connection is closed.
        case flushing
        /// A trusted proxy has to say first whom the connection is from.
        case proxyHeader
        /// Our side is closed; what the client still sends is thrown away, so that no reset overtakes the answer.
        case lingering
        /// On a plain front that may be spoken to in HTTP/2: the first bytes tell.
        case preface
        /// Its streams are clients of their own.
        case http2
    }

    /// Kept alive by its clients after it was closed, for their route.
    final let listener: ListenerEndpoint
    /// The client, or the proxy before it until that has said whose connection it is.
    final var peer: PeerAddress
    /// The client's forwarding fields are believed.
    final var isTrusted: Bool
    /// What it says and hears is encrypted on its way.
    final var isSecure = false
    /// What the client has shown of itself; nil where it was not asked.
    final var certificate: ClientCertificate?
    /// Counted in the table of addresses.
    final var isAddressCounted = false
    final var phase = Phase.waiting
    /// It is a stream of an HTTP/2 connection: a ``StreamClient``.
    final var isStream = false
    /// A stream for which nothing is read: too much of the connection's output waits.
    final var isHeld = false
    /// In the phase `http2`.
    final var http2: HTTP2Session?
    /// The request under way.
    final var exchange: Exchange?
    /// The client closed its side after a whole request: it gets its answer, then the connection ends.
    final var isHalfClosed = false
    /// It closed its side, and an interim answer was sent to learn whether anybody is left.
    final var isSounded = false
    /// What its socket held of our output when its time to take some began, in bytes.
    final var untaken: Int32 = 0
    /// Its socket holds more than others do: the last answer was a large file.
    final var isRoomy = false
    /// Its TLS handshake is under way.
    final var isShakingHands: Bool { tls?.isEstablished == false }
    /// Nothing comes behind the present request: the client said so, and no pipelined request is kept.
    final var isAtItsLast: Bool { isHalfClosed && input == nil }
    /// ``ProxyLoop/advance(_:)`` is on the stack: what ends an exchange leaves going on to it.
    final var isAdvancing = false
    /// Unread input may follow the last answer: linger rather than close.
    final var mustLinger = false
    /// Bytes still read and thrown away while lingering.
    final var lingerBytes = 0
    /// The time for a request's head runs.
    final var isHeadTimed = false
    /// A partial head is in `input`, and all of it has been looked at.
    final var needsBytes = false

    init(descriptor: Int32, listener: ListenerEndpoint, peer: PeerAddress, isTrusted: Bool) {
        self.listener = listener
        self.peer = peer
        self.isTrusted = isTrusted
        super.init(.client, descriptor: descriptor)
    }
}
