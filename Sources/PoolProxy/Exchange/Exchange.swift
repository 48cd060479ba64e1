internal import PoolHTTP

/// One request and its answer. Idle clients have none; finished ones are used again by the loop.
///
/// ```
/// queued ─┐            (waits for a worker, or for a place at one)
///         v
/// sending ──> awaiting ──> answering ──> done
///    ^            │ worker dead before the first byte: RetryRule says whether it may be sent again
///    └────────────┘
/// ```
final class Exchange {
    // State: the loop's. Reset between uses; what is not reset is written at the start of each exchange.

    unowned(unsafe) var client: ClientConnection
    /// The pool that it was routed by, kept for its whole life though the table may be swapped meanwhile.
    var service: PoolService
    /// The worker that it is counted at; nil while none was chosen.
    var pool: UpstreamPool?
    var member: Member?
    var memberIndex = -1
    var upstream: UpstreamConnection?

    // The request
    var method = HTTPMethod.get
    var isHTTP10 = false
    var isProbe = false
    /// The member of the table that a probe names.
    var probed: Int?
    var isPersistent = true
    var wantsTunnel = false
    var expectsContinue = false
    /// Our own answers come as JSON.
    var acceptsJSON = false
    /// Head and body as they were sent to the worker, for as long as they may have to be sent again.
    var held: Buffer?
    /// The held bytes are all that was sent: it may be sent again.
    var isHeldWhole = false
    var requestBody = BodyFraming(count: 0)
    /// Keeps alive what the framing of a body that is still coming borrows, whatever table comes into force.
    var ruledTrailers: RuledTrailers?
    /// The last byte of the request has been read.
    var isRequestWhole = false
    /// Writing to the worker failed; its answer, if there is one, is still read.
    var isWriteBroken = false
    var writeErrno: Int32 = 0
    /// The worker's connection has taken a piece behind the first: what breaks it now may be an answer to the first.
    var hasSentMore = false
    /// The key for consistent hash and sticky cookie.
    var key: UInt64 = 0
    var hasKey = false
    /// A sticky cookie must be set on the answer.
    var mustSetCookie = false

    // The answer
    var status = 0
    var responseBody = BodyFraming(count: 0)
    var coding = ResponseDelivery.Coding.plain
    /// Both connections are a tunnel.
    var isTunnel = false
    /// Ends of the tunnel that have sent all they will.
    var clientEnded = false
    var workerEnded = false
    /// The worker's first byte has come: from here on nothing can be sent again.
    var hasAnswer = false
    /// Interim answers that have come.
    var interims: UInt8 = 0
    /// The final head has been sent on to the client.
    var isHeadSent = false
    var keepsWorker = true
    var closesClient = false

    // Attempts
    var attempts: UInt8 = 0
    var replays: UInt8 = 0
    /// Times that it was sent elsewhere after a worker may have had it.
    var repeats: UInt8 = 0
    /// It waits, for a moment only, before it is sent to the same worker again.
    var isPaused = false
    /// A worker has let its time pass.
    var hasTimedOut = false
    /// Members of the table that were tried, by their index modulo 64.
    var tried: UInt64 = 0
    /// The table that `tried` is about.
    var triedVersion: UInt64 = 0
    var isQueued = false
    /// For a refusal: the last failed connect.
    var connectErrno: Int32 = 0

    // Times in nanoseconds of the monotonic clock
    var startedAt: UInt64 = 0
    var chosenAt: UInt64 = 0
    var connectedAt: UInt64 = 0
    var sentAt: UInt64 = 0
    var firstByteAt: UInt64 = 0
    /// In milliseconds: when the whole request was there (half-close), when the body began (rate).
    var wholeAt: UInt64 = 0
    var bodySince: UInt64 = 0
    var bodyReadAt: UInt64 = 0

    // Sizes
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    /// Of these, what the counters know already.
    var countedIn: UInt64 = 0
    var countedOut: UInt64 = 0
    /// Payload bytes of the answer's body.
    var bodyBytesOut: UInt64 = 0

    /// The client takes gzip.
    var takesGzip = false
    /// Set while the answer is compressed on its way.
    var gzip: Deflater?
    /// The last of it has been sent.
    var isCompressionEnded = false
    /// The file that is the answer, where there is no worker.
    var delivery: FileDelivery?

    /// The log that its line goes to: the pool's when it began, whatever the tables say since. nil for probes.
    var log: AccessLogFile?
    // What that needs of both heads
    var loggedRequest: Buffer?
    var loggedResponse: Buffer?

    init(client: ClientConnection, service: PoolService) {
        self.client = client
        self.service = service
    }

    /// Makes a used exchange a new one.
    @inline(__always)
    func begin(client: ClientConnection, service: PoolService, now: UInt64) {
        self.client = client
        if self.service !== service { self.service = service }
        startedAt = now
        memberIndex = -1
        probed = nil
        isHeldWhole = false
        hasKey = false
        mustSetCookie = false
        status = 0
        hasAnswer = false
        interims = 0
        isHeadSent = false
        closesClient = false
        attempts = 0
        replays = 0
        repeats = 0
        isPaused = false
        hasTimedOut = false
        tried = 0
        connectErrno = 0
        chosenAt = 0
        connectedAt = 0
        sentAt = 0
        firstByteAt = 0
        isRequestWhole = false
        takesGzip = false
        isCompressionEnded = false
        isTunnel = false
        clientEnded = false
        workerEnded = false
        countedIn = 0
        countedOut = 0
        bytesIn = 0
        bytesOut = 0
        bodyBytesOut = 0
    }

    func hasTried(_ index: Int) -> Bool { tried >> UInt64(index & 63) & 1 != 0 }
    func markTried(_ index: Int) { tried |= 1 << UInt64(index & 63) }
}
