/// The bounds of a proxy loop that are not settings, with what happens beyond them.
enum ProxyBounds {
    /// Bytes read at once, and so the most that waits for a peer that does not take it, behind one head.
    static let readBytes = 64 << 10
    /// The largest head that can be configured: it has to fit a buffer beside a read.
    static let headBytesMax = 128 << 10
    /// Bytes of a request, head and body, that are held in order to send it again. Beyond: it is sent only once.
    static let heldBytesMax = 64 << 10
    /// A body of up to this size is copied behind its head: one `send` for both.
    static let joinedBytesMax = 16 << 10
    /// Bytes in the buffers of one loop while no table says how many there may be.
    static let bufferBytesMax = 16 << 20
    /// The least that a loop may have of them.
    static let bufferBytesMin = 1 << 20
    /// Reads of one connection in one turn; then the others get theirs: what a small answer waits for behind a large
    /// one. As much as a Unix socket holds by default, so that more would seldom find anything.
    static let readsPerTurn = 4
    /// Full reads of a TLS client in a row that give no text.
    static let readsWithoutTextMax = 16
    /// Connections accepted in one turn.
    static let acceptsPerTurn = 64
    /// Requests of one client that are answered in one turn without a worker. Beyond: the others get theirs first.
    static let requestsPerTurn = 16
    /// Requests that a place in the queue is offered past, because they wait for something else.
    static let passedOverMax = 64
    /// Events taken from the kernel at once.
    static let eventsPerTurn = 512
    /// Bytes read and thrown away after the last answer of a connection. Beyond: it is closed at once.
    static let lingerBytesMax = 4 << 20
    /// How long such a connection may stay open, in milliseconds.
    static let lingerMilliseconds: UInt64 = 5_000
    /// A client that closes its side this soon after its request, in milliseconds, is taken to wait for the answer
    /// (`nc`, `socat`); later it is taken to be gone, and the worker's work is cancelled.
    static let halfCloseMilliseconds: UInt64 = 250
    /// A client that closed its side and has no answer after this long, in milliseconds, is sounded.
    static let soundingMilliseconds: UInt64 = 100
    /// Idle connections to one worker, of one loop. Beyond: the connection is closed after its answer.
    static let idlePerWorkerMax = 1024
    /// A worker that could not be connected to is tried again after this long even without a new table, in milliseconds.
    static let unreachableMilliseconds: UInt64 = 5_000
    /// A worker that was ejected gets one request in this time, in milliseconds, until it has answered one.
    static let trialMilliseconds: UInt64 = 1_000
    /// Panics of a pool within this time, in milliseconds, are told as one.
    static let panicMilliseconds: UInt64 = 10_000
    /// Interim (1xx) answers to one request. Beyond: 502.
    static let interimsMax: UInt8 = 64
    /// Finished exchanges kept for use again.
    static let freeExchangesMax = 1024
    /// Replays of one request on fresh connections.
    static let replaysMax: UInt8 = 1
    /// Times that one request, which a worker may have had, is sent to the next (HAProxy's default of `retries`). Beyond:
    /// 502. So one that kills who reads it takes down so many workers and one, not the pool again and again.
    static let repeatsMax: UInt8 = 3
    /// Before a request is sent again to a worker that has no other beside it, in milliseconds: longer than the kernel
    /// takes to close what an ended process had open.
    static let pauseMilliseconds: UInt64 = 25
    /// Bytes of a file that one client gets in one turn; then the others get theirs.
    static let fileBytesPerTurn = 1 << 20
    /// Bytes of a file that wait in the kernel for a client, so that it is sent in one call; for so many clients of a
    /// loop. Beyond: ``ListeningSocket/unsentBytesMax``, as for all other answers.
    static let roomyBytes: Int32 = 2 << 20
    static let roomyDeliveriesMax = 32
    /// An HTTP/2 client that is told to end has so long to answer, in milliseconds, before it is told the last stream.
    static let lastStreamMilliseconds: UInt64 = 1_000
    /// Grace before the least body rate is enforced, in milliseconds; less where the body's time-out is less.
    static let rateGraceMilliseconds: UInt64 = 5_000
}
