internal import CPoolOS
internal import PoolModel
internal import PoolOS

/// One block of counters in the shared segment: a worker's, or the lane's own. Written by one loop only; the manager
/// reads at any time, hence relaxed atomics instead of plain stores.
struct StatsBlock {
    let base: UnsafeMutablePointer<UInt64>

    @inline(__always)
    func add(_ counter: StatsCounter, _ amount: UInt64 = 1) { pool_add_relaxed(base + counter.rawValue, amount) }

    /// Lowers a gauge.
    @inline(__always)
    func subtract(_ gauge: StatsCounter) { pool_add_relaxed(base + gauge.rawValue, UInt64.max) }

    @inline(__always)
    func set(_ gauge: StatsCounter, _ value: UInt64) { pool_store_relaxed(base + gauge.rawValue, value) }

    func value(_ counter: StatsCounter) -> UInt64 { pool_load_relaxed(base + counter.rawValue) }

    /// Counts a latency into the histogram.
    @inline(__always)
    func record(microseconds: UInt64) {
        add(.latencyMicroseconds, microseconds)
        pool_add_relaxed(base + StatsLayout.countersMax + LatencyBuckets.index(microseconds: microseconds), 1)
    }

    /// Counts the class of an answer's status.
    @inline(__always)
    func count(status: Int) {
        let offset = status / 100 - 1
        guard offset >= 0, offset < 5 else { return }
        pool_add_relaxed(base + StatsCounter.status1xx.rawValue + offset, 1)
    }

    func zeroGauges() {
        for counter in StatsCounter.allCases where counter.isGauge { set(counter, 0) }
    }
}

/// The part of the statistics segment that one loop writes.
struct StatsLane {
    private let segment: StatsSegment
    private let lane: Int

    init(_ segment: StatsSegment, lane: Int) {
        self.segment = segment
        self.lane = lane
    }

    /// What belongs to no worker.
    var own: StatsBlock { block(slot: -1) }

    /// A worker's block. A slot outside the segment shares the lane's own block: nothing is written out of bounds.
    func block(slot: Int) -> StatsBlock {
        StatsBlock(base: segment.block(lane: lane, slot: slot < segment.slots ? max(slot, -1) : -1))
    }
}
