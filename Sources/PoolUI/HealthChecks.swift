internal import PoolModel

/// A line of the health view: a figure against its limit, with a verdict in a word.
package struct HealthCheck: Hashable, Sendable {
    package enum Verdict: String, Hashable, Sendable { case good = "OK", warning = "WARN", bad = "BAD" }

    package var verdict: Verdict
    package var name: String
    package var value: String
    package var limit: String
}

/// What is held against what. The limits are rules of thumb for a pool of web servers, not settings.
package enum HealthChecks {
    /// A share of answers that failed.
    private static let failureShareMax = 0.01
    private static let p99MillisecondsMax = 1000.0
    private static let stateAgeMax = 5.0

    package static func all(_ model: DashboardModel) -> [HealthCheck] {
        guard let pool = model.pool else { return [] }
        return workers(model, pool) + traffic(model, pool) + daemon(model, pool)
    }

    private static func workers(_ model: DashboardModel, _ pool: PoolSnapshot) -> [HealthCheck] {
        let totals = model.totals
        let wanted = totals.workers - totals.stopped
        let unhealthy = pool.workers.filter { $0.status.state == .running && $0.status.health == .unhealthy }
        let failed = pool.workers.filter { $0.status.state == .fatal || $0.status.state == .backoff }
        return [
            HealthCheck(
                verdict: totals.routable == 0 && totals.workers > 0
                    ? .bad : totals.routable < wanted ? .warning : .good,
                name: "ready workers",
                value: "\(totals.routable) of \(totals.workers)",
                limit: "all \(wanted) wanted"
            ),
            named("unhealthy workers", unhealthy, model),
            named("failed workers", failed, model),
        ]
    }

    private static func named(_ name: String, _ workers: [WorkerSnapshot], _ model: DashboardModel) -> HealthCheck {
        let why = workers.first.map { " (\($0.name): \($0.status.why(now: model.now) ?? ""))" } ?? ""
        return HealthCheck(
            verdict: workers.isEmpty ? .good : .bad,
            name: name,
            value: "\(workers.count)\(why)",
            limit: "0"
        )
    }

    private static func traffic(_ model: DashboardModel, _ pool: PoolSnapshot) -> [HealthCheck] {
        let history = model.poolFigures.history
        let failures = Double(history.failures(last: 60))
        let requests = history.requests.suffix(60).reduce(0) { $0 + Double($1) }
        let share = requests > 0 ? failures / requests : 0
        let p99 = pool.stats.p99Milliseconds
        return [
            HealthCheck(
                verdict: share > failureShareMax ? .bad : failures > 0 ? .warning : .good,
                name: "errors, last minute",
                value: "\(Int(failures)) (\(Figures.decimal(share * 100, 2)) %)",
                limit: "1 %"
            ),
            HealthCheck(
                verdict: (p99 ?? 0) > p99MillisecondsMax ? .warning : .good,
                name: "p99, last minute",
                value: Figures.latency(p99),
                limit: Figures.latency(p99MillisecondsMax)
            ),
            HealthCheck(
                verdict: pool.stats.connectFailures > 0 || pool.stats.timeouts > 0 ? .warning : .good,
                name: "upstream failures",
                value: "\(pool.stats.connectFailures) connect, \(pool.stats.timeouts) timeout",
                limit: "0"
            ),
        ]
    }

    private static func daemon(_ model: DashboardModel, _ pool: PoolSnapshot) -> [HealthCheck] {
        let totals = model.totals
        let age = max(0, model.now.seconds - pool.at.seconds)
        let share = model.host.memoryBytes > 0 ? Double(totals.rssBytes) / Double(model.host.memoryBytes) : 0
        return [
            HealthCheck(
                verdict: totals.restarts > 0 ? .warning : .good,
                name: "unasked restarts",
                value: "\(totals.restarts)",
                limit: "0"
            ),
            HealthCheck(
                verdict: share > 0.9 ? .bad : share > 0.7 ? .warning : .good,
                name: "memory of workers",
                value: "\(Figures.bytes(totals.rssBytes)) of \(Figures.bytes(model.host.memoryBytes))",
                limit: "70 %"
            ),
            HealthCheck(
                verdict: pool.profileError == nil ? .good : .bad,
                name: "profile",
                value: pool.profileError.map { LogText.clean($0) } ?? "generation \(pool.generation) runs",
                limit: "no error"
            ),
            HealthCheck(
                verdict: age > stateAgeMax || !model.link.isLive ? .bad : .good,
                name: "daemon's figures",
                value: "\(Figures.age(age)) old",
                limit: "\(Int(stateAgeMax))s"
            ),
        ]
    }
}
