package import PoolModel

/// `GET /v1/health`: 200 where `healthy`, else 503 with the same message.
package struct HealthReply: Hashable, Sendable, Codable {
    /// Every pool serves: it has a routable worker, and nobody holds its front or took it into maintenance.
    package var healthy: Bool
    /// Why not: `pool example: no routable worker`. Empty where healthy.
    package var reasons: [String]
    package var pools: [PoolHealth]

    package init(healthy: Bool, reasons: [String], pools: [PoolHealth]) {
        self.healthy = healthy
        self.reasons = reasons
        self.pools = pools
    }

    /// The verdict over pools: each must serve, unless it has been scaled to nothing.
    package init(pools: [PoolSnapshot]) {
        self.pools = pools.map(PoolHealth.init)
        reasons = zip(pools, self.pools).flatMap { pool, health in
            var reasons: [String] = []
            if health.routable == 0, health.workers > 0 { reasons.append("pool \(pool.name): no routable worker") }
            if let gate = pool.gate { reasons.append("pool \(pool.name): \(gate.words)") }
            if let error = pool.profileError { reasons.append("pool \(pool.name): profile refused: \(error)") }
            if let panic = pool.panic { reasons.append("pool \(pool.name) is in panic mode: \(panic)") }
            return reasons
        }
        healthy = self.pools.allSatisfy(\.isHealthy)
    }
}

/// A pool's part of the verdict: what becomes of its requests, how many workers there are, and in which condition.
package struct PoolHealth: Hashable, Sendable, Codable {
    /// What becomes of a request.
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// A worker gets it.
        case serving
        /// It waits, at an operator's word.
        case holding
        /// It gets 503, at an operator's word: maintenance, or a hold that is over and refuses.
        case maintenance
        /// It gets 503: there are workers, and none of them is routable.
        case down
        /// It gets 503: there are no workers, because the pool was scaled to nothing.
        case empty
    }

    package var pool: String
    package var state: State
    package var workers: Int
    package var routable: Int
    package var unhealthy: Int
    package var fatal: Int
    /// Who holds the front or took it into maintenance, until when and why.
    package var gate: FrontGate?

    package init(_ pool: PoolSnapshot) {
        self.pool = pool.name
        workers = pool.workers.count
        routable = pool.workers.count { $0.status.isRoutable }
        unhealthy = pool.workers.count { $0.status.health == .unhealthy }
        fatal = pool.workers.count { $0.status.state == .fatal }
        gate = pool.gate
        state = PoolHealth.state(pool.gate, workers: workers, routable: routable)
    }

    /// A pool that was scaled to nothing is as it was wanted.
    package var isHealthy: Bool { state == .serving || state == .empty }

    private static func state(_ gate: FrontGate?, workers: Int, routable: Int) -> State {
        if let gate { return gate.refuses ? .maintenance : .holding }
        if routable > 0 { return .serving }
        return workers > 0 ? .down : .empty
    }

    private enum CodingKeys: String, CodingKey { case pool, state, workers, routable, unhealthy, fatal, gate }

    /// A daemon before this one says no state.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pool = try container.decode(String.self, forKey: .pool)
        workers = try container.decode(Int.self, forKey: .workers)
        routable = try container.decode(Int.self, forKey: .routable)
        unhealthy = try container.decode(Int.self, forKey: .unhealthy)
        fatal = try container.decode(Int.self, forKey: .fatal)
        gate = try container.decodeIfPresent(FrontGate.self, forKey: .gate)
        state =
            try container.decodeIfPresent(State.self, forKey: .state)
            ?? PoolHealth.state(gate, workers: workers, routable: routable)
    }
}
