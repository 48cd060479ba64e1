package import PoolModel

/// What the dashboard has seen of a pool over time, beside the newest state.
package struct PoolFigures: Sendable {
    package var history = History()
    package var workers: [Int: WorkerFigures] = [:]
    package var totals = PoolTotals()
    /// The most requests a second that any worker had in one of the samples: the scale of the table's graphs.
    package private(set) var busiest: Float = 0
    /// Seconds between samples; a little less than one, because states come a little before and after their second.
    private static let period = 0.9
    private var sampledAt: Timestamp?

    package init() {}

    /// Takes a newer state over. A pool and its workers have a sample a second by the daemon's clock, however often it
    /// tells what has changed: "the last minute" is a minute.
    package mutating func take(_ pool: PoolSnapshot, at time: Timestamp) {
        totals = PoolTotals(pool)
        if let sampledAt, (0..<PoolFigures.period).contains(time.seconds - sampledAt.seconds) { return }
        sampledAt = time
        sample(pool)
    }

    private mutating func sample(_ pool: PoolSnapshot) {
        history.append(pool.stats)
        busiest = 0
        // By index: a worker's snapshot is large, and these few words of it are all that is wanted.
        let snapshots = pool.workers
        for index in snapshots.indices {
            let number = snapshots[index].status.id.number
            busiest = max(busiest, workers[number, default: WorkerFigures()].take(snapshots[index]))
        }
        guard workers.count > snapshots.count else { return }
        let present = Set(snapshots.indices.map { snapshots[$0].status.id.number })
        workers = workers.filter { present.contains($0.key) }
    }
}

/// What the dashboard has seen of one worker.
package struct WorkerFigures: Hashable, Sendable {
    package var history = History()
    package var probes = ProbeHistory()

    package init() {}

    /// Takes a sample.
    /// - Returns: the most requests a second of all samples.
    fileprivate mutating func take(_ worker: WorkerSnapshot) -> Float {
        history.append(worker.traffic)
        probes.append(worker.status.lastProbe)
        return history.requests.max() ?? 0
    }
}

/// Sums over the workers of a pool at an instant.
package struct PoolTotals: Hashable, Sendable {
    package var workers = 0
    package var routable = 0
    package var starting = 0
    package var draining = 0
    package var unhealthy = 0
    /// Without a process although nobody stopped them: BACKOFF, FATAL, EXITED.
    package var failed = 0
    package var stopped = 0
    package var busy = 0
    package var restarts = 0
    /// 100 is one core.
    package var cpuPercent = 0.0
    package var rssBytes: UInt64 = 0
    package var fileDescriptors = 0

    package init() {}

    package init(_ pool: PoolSnapshot) {
        let snapshots = pool.workers
        workers = snapshots.count
        for index in snapshots.indices {
            if snapshots[index].traffic.inFlight > 0 { busy += 1 }
            count(snapshots[index].status)
            guard let resources = snapshots[index].resources else { continue }
            cpuPercent += resources.cpuPercent
            rssBytes &+= resources.rssBytes
            fileDescriptors += resources.fileDescriptors
        }
    }

    private mutating func count(_ status: borrowing WorkerStatus) {
        if status.isRoutable { routable += 1 }
        if status.admin != .ready || status.state == .stopping { draining += 1 }
        if status.state == .running, status.health == .unhealthy { unhealthy += 1 }
        restarts += status.restarts
        count(status.state)
    }

    private mutating func count(_ state: ProcessState) {
        switch state {
        case .starting: starting += 1
        case .backoff, .fatal, .exited: failed += 1
        case .stopped: stopped += 1
        case .running, .stopping: break
        }
    }
}
