internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import PoolTLS

/// One epoll loop of the proxy, on a thread of its own: accepts, reads requests, passes them on, passes the answers
/// back. Everything it touches for a request is its own, but for the shared atomics of ``ProxyShared`` and the tables.
///
/// The parts: `+Events` polls, `+Clients` and `+Requests` read clients, `+Choice` and `+Dispatch` choose and connect
/// workers, `+Upstreams` reads workers, `+Responses` and `+ResponseBodies` pass their answers on, `+Failures` decides
/// what a failure leads to, `+Refusals` answers by itself, `+HTTP2` and
/// `+Streams` make clients of streams, `+Tunnels`, `+Deadlines`, `+Orders` does what the control
/// thread wants, `+Output` writes.
final class ProxyLoop {
    // State: all of it belongs to the loop's thread once `run` is called.

    let number: Int
    let shared: ProxyShared
    let mailbox: LoopMailbox
    let epoll: Int32
    let stats: StatsLane
    /// The lane's own block.
    let own: StatsBlock
    var endpoints = EndpointTable()
    var deadlines = DeadlineTable()
    var buffers = BufferPool(lentMax: ProxyBounds.bufferBytesMax)
    /// What is read goes here first, so idle connections need no buffer and the memory stays warm.
    let scratch: UnsafeMutableRawPointer
    /// Where the records of TLS pass through; made for the first client that speaks it.
    private(set) lazy var tlsScratch = TLSScratch()
    /// What HTTP/2 needs besides; made for the first client that speaks it.
    private(set) lazy var http2 = HTTP2Tools()
    /// Where heads are rewritten to, with a small body behind them.
    let out: UnsafeMutablePointer<UInt8>

    /// The time of the present batch of events, on the monotonic clock.
    var nanoseconds: UInt64 = 0
    var milliseconds: UInt64 = 0
    /// Counts the batches of events.
    var turn: UInt64 = 0
    /// The date of answers, renewed each second.
    let date: UnsafeMutablePointer<UInt8>
    var dateUntil: UInt64 = 0

    /// For answers that are compressed on their way.
    var deflaters = Deflaters()
    /// Files that are served without a worker.
    var files = StaticCache()
    /// Clients that get a file, and whose sockets hold more of it than others do.
    var roomyDeliveries = 0
    var services: [String: PoolService] = [:]
    var listeners: [String: ListenerEndpoint] = [:]
    /// By the workers' slots: kept over tables while the worker's life is the same.
    var upstreamPools: [Int: UpstreamPool] = [:]
    /// Slots whose gauges this loop has zeroed: it is their only writer from then on.
    var claimedSlots: Set<Int> = []
    /// Connections with work left for after the event at hand, as cookies.
    var deferred: [UInt64] = []
    var freeExchanges: [Exchange] = []
    var dueDeadlines: [Int] = []
    var clientCount = 0
    var tableVersion: UInt64 = 0
    var isDraining = false
    /// In a drain: an idle client is closed when it has been idle for this long, in milliseconds.
    var drainGrace: UInt64 = 0
    var isFinished = false
    /// Pools whose queue is looked at after the event at hand: places at workers became free.
    var wantsToServe: [PoolService] = []
    /// Pools whose queue gets what another loop's has not taken within a millisecond.
    var yielded: [PoolService] = []
    var yieldedAt: UInt64 = 0
    var logs: AccessLogs
    var nextTick: UInt64 = 0
    /// Where the access log's captures are made.
    let captured: UnsafeMutablePointer<UInt8>
    let processID = getpid()
    var requestNumber: UInt64 = 0
    let requestSeed: UInt64

    /// - Parameter epoll: of epoll_create1(2); the loop's from here on.
    init(number: Int, epoll: Int32, shared: ProxyShared, stats: StatsLane, seed: UInt64, logDirectory: String?) {
        self.number = number
        self.shared = shared
        self.stats = stats
        own = stats.own
        mailbox = shared.mailboxes[number]
        self.epoll = epoll
        scratch = .allocate(byteCount: ProxyBounds.readBytes + 64, alignment: 64)
        out = .allocate(capacity: ProxyLoop.outBytes)
        date = .allocate(capacity: HTTPDate.bytesCount)
        captured = .allocate(capacity: AccessLog.captureBytesMax)
        logs = AccessLogs(directory: logDirectory)
        requestSeed = KeyHash.mix(seed)
        updateClock()
        let waker = WakerEndpoint(descriptor: mailbox.wakeDescriptor)
        // A loop that cannot be told anything is of no use; the manager starts another proxy.
        guard register(waker, events: POOL_EPOLLIN) else { fatalError("epoll_ctl: no room for the loop's own waker") }
    }

    deinit {
        deflaters.deallocate()
        scratch.deallocate()
        out.deallocate()
        date.deallocate()
        captured.deallocate()
        Glibc.close(epoll)
    }

    /// A worker's head of the largest size, what we add to it, and a joined body.
    static let outBytes =
        PoolService.responseLimits.headBytesMax + RequestPlan.growthBytesMax + (64 << 10) + ProxyBounds.joinedBytesMax

    /// Adds an endpoint to the table and to epoll; false where the kernel refuses.
    func register(_ endpoint: Endpoint, events: UInt32) -> Bool {
        endpoints.add(endpoint)
        deadlines.reserve(endpoint.index)
        deadlines.clear(endpoint.index)
        guard pool_epoll_control(epoll, EPOLL_CTL_ADD, endpoint.descriptor, events, endpoint.cookie) == 0 else {
            endpoints.remove(endpoint)
            return false
        }
        return true
    }

    func updateClock() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        nanoseconds = UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
        milliseconds = nanoseconds / 1_000_000
        if milliseconds >= dateUntil { updateDate() }
    }

    /// The clock at this moment, for durations within one batch.
    @inline(__always)
    func readClock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private func updateDate() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        HTTPDate.write(seconds: Int64(time.tv_sec), to: date)
        dateUntil = milliseconds + 1000 - UInt64(time.tv_nsec) / 1_000_000
    }

    /// Has the connection looked at again after the event at hand.
    func later(_ connection: Connection) {
        guard !connection.isDeferred else { return }
        connection.isDeferred = true
        deferred.append(connection.cookie)
    }
}
