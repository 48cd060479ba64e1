internal import CPoolOS
internal import PoolHTTP
internal import PoolModel
internal import PoolOS

/// Writes what a foreign program says of its requests into the statistics segment, where everybody looks for it.
///
/// All of it is the engine's thread's.
struct EngineCounters {
    private let segment: StatsSegment
    private let lane: Int
    /// Lines that came, probes and files among them.
    private(set) var lines: UInt64 = 0
    private var accepted: UInt64 = 0
    private var missed: UInt64 = 0

    init(_ segment: StatsSegment, lane: Int) {
        self.segment = segment
        self.lane = lane
        segment.zeroGauges(lane: lane)
    }

    func follow(_ table: RoutingTable) { set(.routesVersion, table.version) }

    // MARK: - Lines

    mutating func count(_ exchange: EngineExchange) {
        lines += 1
        guard let slot = exchange.slot else { return exchange.isProbe ? () : countOwn(exchange) }
        if exchange.isProbe { return add(.probes, slot: slot) }
        // Those before the last one could not be reached, or gave no answer.
        for failed in exchange.failed {
            add(.errors, slot: failed)
            add(.retries, slot: failed)
        }
        add(.requests, slot: slot)
        if exchange.retries > 0 { add(.retries, UInt64(exchange.retries), slot: slot) }
        countEnding(exchange.ending, slot)
        if (100...599).contains(exchange.status) {
            let offset = exchange.status / 100 - 1
            pool_add_relaxed(block(slot) + StatsCounter.status1xx.rawValue + offset, 1)
        }
        add(.bytesIn, exchange.bytesIn, slot: slot)
        add(.bytesOut, exchange.bytesOut, slot: slot)
        add(.latencyMicroseconds, exchange.microseconds, slot: slot)
        let bucket = LatencyBuckets.index(microseconds: exchange.microseconds)
        pool_add_relaxed(block(slot) + StatsLayout.countersMax + bucket, 1)
    }

    /// A request that no worker had.
    private func countOwn(_ exchange: EngineExchange) {
        add(.requests, slot: -1)
        add(.bytesIn, exchange.bytesIn, slot: -1)
        add(.bytesOut, exchange.bytesOut, slot: -1)
        if exchange.status >= 500 {
            add(.unavailable, slot: -1)
        } else if exchange.status >= 400 {
            add(.refused, slot: -1)
        }
    }

    private func countEnding(_ ending: Termination, _ slot: Int) {
        switch (ending.cause, ending.phase) {
        case (.worker, .connect): add(.connectFailures, slot: slot)
        case (.workerTimeout, _): add(.timeouts, slot: slot)
        case (.client, _), (.clientTimeout, _), (.flood, _): add(.clientAborts, slot: slot)
        case (.worker, _), (.proxy, .header), (.killed, _): add(.errors, slot: slot)
        case (.none, _), (.proxy, _), (.resources, _): break
        }
    }

    // MARK: - What the program counts itself

    /// Syslog over a socket may lose lines under load, and that is said.
    ///
    /// - Parameter requests: all that the program counted since it was started, ours not among them.
    mutating func compare(requests: UInt64, underWay: UInt64, accepted total: UInt64) {
        set(.clientConnections, underWay)
        if total > accepted {
            add(.accepted, total - accepted, slot: -1)
            accepted = total
        }
        let behind = requests > lines ? requests - lines : 0
        // A request that is under way is counted there and has no line yet.
        let certain = behind > underWay ? behind - underWay : 0
        if certain > missed {
            add(.logDropped, certain - missed, slot: -1)
            missed = certain
        }
    }

    /// A new process counts from zero.
    mutating func restart() {
        lines = 0
        accepted = 0
        missed = 0
    }

    /// Requests under way at a worker.
    func setInFlight(_ count: UInt64, slot: Int) {
        guard slot < segment.slots else { return }
        pool_store_relaxed(block(slot) + StatsCounter.inFlight.rawValue, count)
    }

    // MARK: - Memory

    private func block(_ slot: Int) -> UnsafeMutablePointer<UInt64> {
        segment.block(lane: lane, slot: slot < segment.slots ? max(slot, -1) : -1)
    }

    func add(_ counter: StatsCounter, _ amount: UInt64 = 1, slot: Int) {
        pool_add_relaxed(block(slot) + counter.rawValue, amount)
    }

    func set(_ gauge: StatsCounter, _ value: UInt64) { pool_store_relaxed(block(-1) + gauge.rawValue, value) }
}
