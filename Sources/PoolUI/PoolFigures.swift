package import PoolModel

/// What the dashboard has seen of a pool over time, beside the newest state.
package struct PoolFigures: Sendable {
    package var history = History()
    package var workers: [Int: WorkerFigures] = [:]
    package var totals = PoolTotals()
    /// The most requests a second that any worker had in one of the samples: the scale of the table's graphs.
    package private(set) var busiest: Float = 0

    package init() {}

    /// Takes a newer state over: one sample for the pool and each of its workers.
    package mutating func take(_ pool: PoolSnapshot) {
        history.append(pool.stats)
        var kept: [Int: WorkerFigures] = [:]
        kept.reserveCapacity(pool.workers.count)
        for worker in pool.workers {
            let number = worker.status.id.number
            var figures = workers.removeValue(forKey: number) ?? WorkerFigures()
            figures.history.append(worker.traffic)
            figures.probes.append(worker.status.lastProbe)
            kept[number] = figures
        }
        workers = kept
        busiest = kept.values.reduce(0) { max($0, $1.history.requests.max() ?? 0) }
        totals = PoolTotals(pool)
    }
}

/// What the dashboard has seen of one worker.
package struct WorkerFigures: Hashable, Sendable {
    package var history = History()
    package var probes = ProbeHistory()

    package init() {}
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
        workers = pool.workers.count
        for worker in pool.workers {
            let status = worker.status
            if status.isRoutable { routable += 1 }
            if worker.traffic.inFlight > 0 { busy += 1 }
            if status.admin != .ready || status.state == .stopping { draining += 1 }
            if status.state == .running, status.health == .unhealthy { unhealthy += 1 }
            restarts += status.restarts
            count(status.state)
            guard let resources = worker.resources else { continue }
            cpuPercent += resources.cpuPercent
            rssBytes &+= resources.rssBytes
            fileDescriptors += resources.fileDescriptors
        }
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
