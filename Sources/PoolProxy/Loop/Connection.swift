internal import PoolTLS

/// A stream socket of a loop: a client's or a worker's. Edge-triggered, so it remembers what may be read and written.
class Connection: Endpoint {
    // State: all of it belongs to the loop that polls the socket, and is touched on its thread only.

    /// Output that the peer has not taken yet. While there is some, nothing is read from the other side.
    final var output: Buffer?
    /// Input that is not processed yet: a partial head, a pipelined request.
    final var input: Buffer?
    /// There may be unread bytes: an edge came, and no read has come back short since.
    final var mayRead = false
    /// The peer closed its side, or the connection is broken: reading leads to the end, so a short read proves nothing.
    final var sawHangup = false
    /// Registered for EPOLLOUT.
    final var wantsWrite = false
    /// What turns the peer's bytes into text and back; nil is plain. Only clients have one.
    final var tls: TLSSession?
    /// What is read and written does not go straight to the socket: the one question that a plain connection is asked.
    final var isLayered = false
    /// Is in the loop's list of work for after the event at hand.
    final var isDeferred = false
}
