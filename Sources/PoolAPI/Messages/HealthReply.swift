package import PoolModel

/// `GET /v1/health`: 200 where `healthy`, else 503 with the same message.
package struct HealthReply: Hashable, Sendable, Codable {
    /// Every pool has a routable worker, and the proxy runs.
    package var healthy: Bool
    /// Why not: `pool example: no routable worker`. Empty where healthy.
    package var reasons: [String]
    package var pools: [PoolHealth]

    package init(healthy: Bool, reasons: [String], pools: [PoolHealth]) {
        self.healthy = healthy
        self.reasons = reasons
        self.pools = pools
    }

    /// The verdict over pools: each must have a worker that takes requests, unless it has been scaled to nothing.
    package init(pools: [PoolSnapshot]) {
        self.pools = pools.map(PoolHealth.init)
        reasons = zip(pools, self.pools).flatMap { pool, health in
            var reasons: [String] = []
            if health.routable == 0, health.workers > 0 { reasons.append("pool \(pool.name): no routable worker") }
            if let error = pool.profileError { reasons.append("pool \(pool.name): profile refused: \(error)") }
            if let panic = pool.panic { reasons.append("pool \(pool.name) is in panic mode: \(panic)") }
            return reasons
        }
        healthy = self.pools.allSatisfy { $0.routable > 0 || $0.workers == 0 }
    }
}

/// A pool's part of the verdict: how many workers there are, and in which condition.
package struct PoolHealth: Hashable, Sendable, Codable {
    package var pool: String
    package var workers: Int
    package var routable: Int
    package var unhealthy: Int
    package var fatal: Int

    package init(_ pool: PoolSnapshot) {
        self.pool = pool.name
        workers = pool.workers.count
        routable = pool.workers.count { $0.status.isRoutable }
        unhealthy = pool.workers.count { $0.status.health == .unhealthy }
        fatal = pool.workers.count { $0.status.state == .fatal }
    }
}
