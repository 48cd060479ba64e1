internal import PoolAPI
internal import PoolCore
internal import PoolModel
internal import PoolOS

/// Once a second: what the proxies counted and what the processes use, as figures for people and decisions.
///
/// All state is the manager thread's. Memory: 15 kB for each worker, most of it the latencies of the last minute.
final class StatsCollector {
    /// A class, because it is large and read several times a second: a struct would be copied out of the table each time.
    private final class Series {
        var rate = RateWindow(capacity: 2)
        var errorRate = RateWindow(capacity: 2)
        var latencies = SlidingHistogram()
        var requests: UInt64 = 0
        var figures = TrafficStats()
    }

    /// A class for the same reason.
    private final class Resources {
        var sampler: ProcessTreeSampler
        let startedAt: Duration
        var last: (cpu: Duration, at: Duration)?
        var figures: ResourceStats?

        init(sampler: ProcessTreeSampler, startedAt: Duration) {
            self.sampler = sampler
            self.startedAt = startedAt
        }
    }

    private let segment: StatsSegment
    /// Lanes that some proxy has counted in: the others are not even looked at, so that they take no memory.
    private(set) var lanes: Set<Int>
    private var series: [Int: Series] = [:]
    private var pools: [String: TrafficStats] = [:]
    private var resources: [WorkerID: Resources] = [:]
    private let budget = DescriptorBudget()
    /// Workers that wait for their turn, where they are too many for one second.
    private var turns: [WorkerID] = []

    init(segment: StatsSegment, lanes: Set<Int>) {
        self.segment = segment
        self.lanes = lanes
    }

    func use(lanes more: Range<Int>) { lanes.formUnion(more) }

    /// A process to sample from now on, in place of the worker's one before.
    func follow(_ worker: WorkerID, _ process: ProcessIdentity) {
        // The one before gives its descriptors back first.
        resources[worker] = nil
        guard let sampler = try? ProcessTreeSampler(process, budget: budget) else { return }
        resources[worker] = Resources(sampler: sampler, startedAt: process.startTime)
    }

    func forget(_ worker: WorkerID) { resources[worker] = nil }

    /// A slot is given away: its next worker begins with a history of its own.
    func release(slot: Int) { series[slot] = nil }

    func traffic(slot: Int) -> TrafficStats { series[slot]?.figures ?? TrafficStats() }
    func traffic(pool: String) -> TrafficStats { pools[pool] ?? TrafficStats() }
    /// What the proxies count that belongs to no worker, read now.
    var proxy: ProxyStats {
        var figures = ProxyStats()
        figures.accepted = total(.accepted, -1)
        figures.connections = total(.clientConnections, -1)
        figures.refused = total(.refused, -1)
        figures.unavailable = total(.unavailable, -1)
        figures.queued = total(.queued, -1)
        figures.noMemory = total(.noMemory, -1)
        figures.bufferBytes = total(.bufferBytes, -1)
        figures.bufferBytesMax = total(.bufferBytesMax, -1)
        figures.logDropped = total(.logDropped, -1)
        figures.handshakes = total(.handshakes, -1)
        figures.handshakesResumed = total(.handshakesResumed, -1)
        figures.handshakesFailed = total(.handshakesFailed, -1)
        figures.http2Connections = total(.http2Connections, -1)
        figures.http2Streams = total(.streams, -1)
        figures.http2StreamResets = total(.streamResets, -1)
        figures.http2Floods = StatsCounter.floods.map { FloodCount(kind: $0.kind, count: total($0.counter, -1)) }
        return figures
    }

    func resources(of worker: WorkerID) -> ResourceStats? { resources[worker]?.figures }

    /// Latencies since the segment was made; nil where nothing was served.
    func latencies(slot: Int) -> MetricsPage.Latency? {
        guard slot < segment.slots, let requests = series[slot]?.figures.requests, requests > 0 else { return nil }
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        for lane in lanes { segment.addLatencies(lane: lane, slot: slot, to: &counts) }
        return MetricsPage.Latency(counts: counts, sumMicroseconds: total(.latencyMicroseconds, slot))
    }

    /// Latencies of the last minute by ``LatencyBuckets``; empty where nothing is known of the slot.
    func recentLatencies(slot: Int) -> [UInt64] { series[slot]?.latencies.sum.counts ?? [] }

    /// Exchanges and tunnels under way, read now.
    func inFlight(slot: Int) -> UInt64 {
        guard slot < segment.slots else { return 0 }
        return total(.inFlight, slot) &+ total(.tunnels, slot)
    }

    /// Takes all readings.
    ///
    /// - Parameter slots: the workers' places, pool by pool.
    func sample(_ slots: [(pool: String, slots: [Int])], at now: Duration) {
        for (pool, slots) in slots {
            var histogram = LatencyHistogram()
            var sum = TrafficStats()
            for slot in slots where slot < segment.slots {
                let latencies = sample(slot: slot, at: now)
                if let latencies { histogram.add(latencies) }
                sum.add(series[slot]?.figures ?? TrafficStats())
            }
            set(&sum, quantiles: histogram)
            pools[pool] = sum
        }
        for worker in takeDue() { sample(worker, at: now) }
    }

    /// Processes sampled in one second. Beyond: they take turns, so that a thousand idle workers cost little.
    private static let processesPerSecond = 250

    /// The workers whose processes have their turn.
    private func takeDue() -> [WorkerID] {
        guard resources.count > Self.processesPerSecond else { return Array(resources.keys) }
        if turns.isEmpty { turns = resources.keys.sorted() }
        let batch = Array(turns.suffix(Self.processesPerSecond))
        turns.removeLast(batch.count)
        // One that has not been sampled yet does not wait for its turn.
        return batch + resources.filter { $0.value.figures == nil }.map(\.key)
    }

    /// - Returns: the latencies of the last minute; nil where there were none.
    private func sample(slot: Int, at now: Duration) -> LatencyHistogram? {
        let isFirst = series[slot] == nil
        let entry = series[slot] ?? Series()
        if isFirst { series[slot] = entry }
        var figures = counters(slot)
        entry.rate.read(figures.requests, at: now)
        entry.errorRate.read(figures.errors &+ figures.status5xx, at: now)
        figures.requestsPerSecond = entry.rate.perSecond
        figures.errorsPerSecond = entry.errorRate.perSecond
        defer { (entry.requests, entry.figures) = (figures.requests, figures) }
        // Without a request in the last minute there is nothing in the histogram, which is 448 counters for each lane.
        guard isFirst || figures.requests != entry.requests || entry.figures.p50Milliseconds != nil else { return nil }
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        for lane in lanes { segment.addLatencies(lane: lane, slot: slot, to: &counts) }
        entry.latencies.read(LatencyHistogram(counts: counts), at: now)
        let latencies = entry.latencies.sum
        set(&figures, quantiles: latencies)
        return figures.p50Milliseconds == nil ? nil : latencies
    }

    private func set(_ figures: inout TrafficStats, quantiles histogram: LatencyHistogram) {
        figures.p50Milliseconds = histogram.quantileMilliseconds(0.5)
        figures.p90Milliseconds = histogram.quantileMilliseconds(0.9)
        figures.p99Milliseconds = histogram.quantileMilliseconds(0.99)
    }

    private func total(_ counter: StatsCounter, _ slot: Int) -> UInt64 {
        lanes.reduce(0) { $0 &+ segment.value(counter, lane: $1, slot: slot) }
    }

    private func counters(_ slot: Int) -> TrafficStats {
        var figures = TrafficStats()
        figures.requests = total(.requests, slot)
        figures.inFlight = total(.inFlight, slot)
        figures.tunnels = total(.tunnels, slot)
        figures.status1xx = total(.status1xx, slot)
        figures.status2xx = total(.status2xx, slot)
        figures.status3xx = total(.status3xx, slot)
        figures.status4xx = total(.status4xx, slot)
        figures.status5xx = total(.status5xx, slot)
        figures.errors = total(.errors, slot)
        figures.connectFailures = total(.connectFailures, slot)
        figures.timeouts = total(.timeouts, slot)
        figures.retries = total(.retries, slot)
        figures.replayed = total(.replayed, slot)
        figures.raceAvoided = total(.raceAvoided, slot)
        figures.bytesIn = total(.bytesIn, slot)
        figures.bytesOut = total(.bytesOut, slot)
        figures.clientAborts = total(.clientAborts, slot)
        figures.ejections = total(.ejections, slot)
        figures.panics = total(.panics, slot)
        return figures
    }

    private func sample(_ worker: WorkerID, at now: Duration) {
        guard let entry = resources[worker] else { return }
        // A process that is gone stops being sampled; its exit comes by another way.
        guard let sample = try? entry.sampler.sample() else {
            resources[worker] = nil
            return
        }
        var share = 0.0
        if let last = entry.last, now > last.at {
            share = (sample.cpu - last.cpu).inSeconds / (now - last.at).inSeconds
        }
        entry.last = (sample.cpu, now)
        entry.figures = ResourceStats(
            cpuPercent: max(0, share * 100),
            cpuSeconds: sample.cpu.inSeconds,
            rssBytes: sample.residentBytes,
            threads: sample.threads,
            fileDescriptors: sample.fileDescriptors ?? 0,
            uptimeSeconds: max(0, (now - entry.startedAt).inSeconds)
        )
    }
}

extension TrafficStats {
    /// Adds another's counters, gauges and rates; quantiles cannot be added.
    mutating func add(_ other: TrafficStats) {
        requests &+= other.requests
        inFlight &+= other.inFlight
        tunnels &+= other.tunnels
        status1xx &+= other.status1xx
        status2xx &+= other.status2xx
        status3xx &+= other.status3xx
        status4xx &+= other.status4xx
        status5xx &+= other.status5xx
        errors &+= other.errors
        connectFailures &+= other.connectFailures
        timeouts &+= other.timeouts
        retries &+= other.retries
        replayed &+= other.replayed
        raceAvoided &+= other.raceAvoided
        bytesIn &+= other.bytesIn
        bytesOut &+= other.bytesOut
        clientAborts &+= other.clientAborts
        ejections &+= other.ejections
        panics &+= other.panics
        requestsPerSecond += other.requestsPerSecond
        errorsPerSecond += other.errorsPerSecond
    }
}

extension ProcessIdentity {
    /// When the process started, on the clock of the machine's uptime. The kernel's ticks are hundredths of a second.
    var startTime: Duration { .milliseconds(Int64(clamping: startTicks) * 10) }
}
