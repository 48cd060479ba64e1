internal import PoolModel
internal import PoolUI

/// The model as lines.
enum PlainText {
    /// The pool that was named, or else all.
    private static func pools(_ model: DashboardModel) -> [PoolSnapshot] {
        model.pools.filter { model.settings.pool == nil || $0.name == model.settings.pool }
    }

    /// Why nothing can be told: there is no pool of the name.
    static func refusal(_ model: DashboardModel) -> String? {
        guard let name = model.settings.pool, model.state != nil, pools(model).isEmpty else { return nil }
        let known = model.pools.map(\.name).joined(separator: ", ")
        return "there is no pool \(name); the daemon has \(known.isEmpty ? "none" : known)"
    }

    /// Pools and workers as they are.
    static func state(_ model: DashboardModel) -> String {
        pools(model).map { pool in
            var lines = [summary(pool)]
            lines += pool.workers.map { worker in
                let label = WorkerLabel(worker.status)
                let use =
                    worker.resources.map { "cpu \(Figures.percent($0.cpuPercent))% rss \(Figures.bytes($0.rssBytes))" }
                    ?? "no process"
                let traffic =
                    "\(Figures.rate(worker.traffic.requestsPerSecond)) req/s p99 \(Figures.latency(worker.traffic.p99Milliseconds))"
                let why = worker.status.why(now: model.now).map { ": \($0)" } ?? ""
                return
                    "  \(worker.name) \(label.long)\(why), \(use), \(traffic), \(Figures.plural(worker.status.restarts, "restart"))"
            }
            return lines.map { $0 + "\n" }.joined()
        }.joined()
    }

    static func summary(_ pool: PoolSnapshot) -> String {
        let ready = pool.workers.count { $0.status.isRoutable }
        return
            "pool \(pool.name): \(ready) of \(pool.workers.count) ready, \(Figures.rate(pool.stats.requestsPerSecond)) req/s,"
            + " p99 \(Figures.latency(pool.stats.p99Milliseconds)), \(Figures.rate(pool.stats.errorsPerSecond)) errors/s"
    }

    /// What was printed, so that only what is new is printed again.
    struct Told {
        private var link: DaemonLink.Phase?
        private var states: [WorkerID: String] = [:]
        private var ready: [String: Int] = [:]
        private var event: UInt64?

        mutating func changes(_ model: DashboardModel) -> [String] {
            let time = model.now.description.prefix(19)
            var lines: [String] = []
            if link != model.link.phase {
                link = model.link.phase
                lines.append(
                    "\(time) \(model.link.isLive ? "connected" : "no daemon: \(model.link.reason ?? "connecting")")"
                )
            }
            for pool in PlainText.pools(model) {
                let count = pool.workers.count { $0.status.isRoutable }
                if ready.updateValue(count, forKey: pool.name) != count { lines.append("\(time) \(summary(pool))") }
                for worker in pool.workers {
                    let why = worker.status.why(now: model.now).map { ": \($0)" } ?? ""
                    let state = WorkerLabel(worker.status).long
                    if states.updateValue(state, forKey: worker.status.id) != state {
                        lines.append("\(time) \(worker.name) \(state)\(why)")
                    }
                }
            }
            return lines + events(model)
        }

        private mutating func events(_ model: DashboardModel) -> [String] {
            let last = event ?? model.events.last?.sequence ?? 0
            event = model.events.last?.sequence ?? event
            let pool = model.settings.pool
            return model.events.filter {
                $0.sequence > last && (pool == nil || $0.pool == nil || $0.pool == pool)
            }.map {
                "\($0.at.description.prefix(19)) event \($0.message)"
            }
        }
    }
}
