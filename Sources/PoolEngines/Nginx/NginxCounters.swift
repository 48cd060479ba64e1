internal import CPoolOS
internal import PoolModel
internal import PoolOS

/// Writes what nginx says of its requests into the statistics segment, where everybody looks for it.
///
/// State: the slots of the present table and of those before it, whose requests may still end. All of it is the
/// engine's thread's.
struct NginxCounters {
    private let segment: StatsSegment
    private let lane: Int
    private var slots: [Address: Int] = [:]
    /// Lines that came, probes and files among them.
    private var lines: UInt64 = 0
    private var last = NginxStatusTotals()

    private struct NginxStatusTotals {
        var accepted: UInt64 = 0
        var missed: UInt64 = 0
    }

    init(_ segment: StatsSegment, lane: Int) {
        self.segment = segment
        self.lane = lane
        segment.zeroGauges(lane: lane)
    }

    mutating func follow(_ table: RoutingTable) {
        for worker in table.pools.flatMap(\.workers) { slots[worker.address] = worker.slot }
        set(.routesVersion, table.version)
    }

    // MARK: - Lines

    mutating func count(_ line: NginxLogLine) {
        lines += 1
        guard let last = line.workers.last, let slot = slots[last] else {
            if !line.isProbe {
                add(.requests, slot: -1)
                add(.bytesIn, line.bytesIn, slot: -1)
                add(.bytesOut, line.bytesOut, slot: -1)
                if line.status >= 500 {
                    add(.unavailable, slot: -1)
                } else if line.status >= 400 {
                    add(.refused, slot: -1)
                }
            }
            return
        }
        if line.isProbe { return add(.probes, slot: slot) }
        // Those before the last one could not be reached, or gave no answer.
        for address in line.workers.dropLast() {
            guard let failed = slots[address] else { continue }
            add(.errors, slot: failed)
            add(.retries, slot: failed)
        }
        add(.requests, slot: slot)
        if !line.isAnswered { add(line.status == 504 ? .timeouts : .errors, slot: slot) }
        if line.status == 499 { add(.clientAborts, slot: slot) }
        if (100...599).contains(line.status) {
            let offset = line.status / 100 - 1
            pool_add_relaxed(block(slot) + StatsCounter.status1xx.rawValue + offset, 1)
        }
        add(.bytesIn, line.bytesIn, slot: slot)
        add(.bytesOut, line.bytesOut, slot: slot)
        add(.latencyMicroseconds, line.microseconds, slot: slot)
        pool_add_relaxed(
            block(slot) + StatsLayout.countersMax + LatencyBuckets.index(microseconds: line.microseconds),
            1
        )
    }

    /// Takes what nginx counted itself: syslog over a socket may lose lines under load, and that is said.
    mutating func count(_ status: NginxStatus, ownRequests: UInt64) {
        set(.clientConnections, status.active)
        if status.accepted > last.accepted {
            add(.accepted, status.accepted - last.accepted, slot: -1)
            last.accepted = status.accepted
        }
        let others = status.requests > ownRequests ? status.requests - ownRequests : 0
        let missed = others > lines ? others - lines : 0
        // A request that is under way is counted there and has no line yet.
        let certain = missed > status.active ? missed - status.active : 0
        if certain > last.missed {
            add(.logDropped, certain - last.missed, slot: -1)
            last.missed = certain
        }
    }

    /// A new nginx counts from zero.
    mutating func restart() {
        lines = 0
        last = NginxStatusTotals()
    }

    /// Workers that nothing new goes to: something may still be under way at them while an nginx of before finishes.
    func mark(_ table: RoutingTable, isFinishing: Bool) {
        for worker in table.pools.flatMap(\.workers) where worker.slot < segment.slots {
            let mayBeBusy = isFinishing && !worker.isRoutable
            pool_store_relaxed(block(worker.slot) + StatsCounter.inFlight.rawValue, mayBeBusy ? 1 : 0)
        }
    }

    // MARK: - Memory

    private func block(_ slot: Int) -> UnsafeMutablePointer<UInt64> {
        segment.block(lane: lane, slot: slot < segment.slots ? max(slot, -1) : -1)
    }

    private func add(_ counter: StatsCounter, _ amount: UInt64 = 1, slot: Int) {
        pool_add_relaxed(block(slot) + counter.rawValue, amount)
    }

    private func set(_ gauge: StatsCounter, _ value: UInt64) { pool_store_relaxed(block(-1) + gauge.rawValue, value) }
}
