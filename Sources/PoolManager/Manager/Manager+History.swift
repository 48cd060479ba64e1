internal import PoolAPI
internal import PoolCore
internal import PoolModel

/// Figures of the last hour, in memory: 12 kB for each worker and pool.
extension Manager {
    /// Once a second.
    func recordHistory() {
        let moment = clock.moment
        for pool in pools {
            var cpu = 0.0
            var rss: UInt64 = 0
            // By index: an iterator would copy each worker.
            for index in pool.machine.state.workers.indices {
                let worker = pool.machine.state.workers[index].id
                let resources = driver.resources(of: worker)
                cpu += resources?.cpuPercent ?? 0
                rss += resources?.rssBytes ?? 0
                guard let slot = slots[worker] else { continue }
                let reading = StatsSeries.Reading(
                    driver.traffic(slot: slot),
                    cpuPercent: resources?.cpuPercent ?? 0,
                    rssBytes: resources?.rssBytes ?? 0
                )
                workerHistory[worker, default: StatsSeries()].read(reading, at: moment)
            }
            let reading = StatsSeries.Reading(driver.traffic(pool: pool.name), cpuPercent: cpu, rssBytes: rss)
            poolHistory[pool.name, default: StatsSeries()].read(reading, at: moment)
        }
    }

    /// - Parameters:
    ///   - workers: selectors; empty is none of them, only the pools.
    ///   - last: how far back.
    func history(pool: String?, workers: [String], last: Duration?) throws(PoolError) -> HistoryReply {
        let (state, _) = try state(pool: pool)
        let chosen = try choose(workers, pool: pool) ?? []
        let begin = Timestamp(microseconds: state.at.microseconds - (last ?? .seconds(3600)).nanoseconds / 1000)
        var series: [HistorySeries] = []
        for pool in state.pools {
            let points = poolHistory[pool.name]?.points(after: begin) ?? []
            if workers.isEmpty { series.append(HistorySeries(pool: pool.name, worker: nil, points: points)) }
            for worker in pool.workers.map(\.status.id) where chosen.contains(worker) {
                let points = workerHistory[worker]?.points(after: begin) ?? []
                series.append(HistorySeries(pool: pool.name, worker: worker, points: points))
            }
        }
        return HistoryReply(at: state.at, bucketSeconds: StatsSeries.bucketSeconds, series: series)
    }
}
