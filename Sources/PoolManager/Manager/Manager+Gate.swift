internal import PoolAPI
internal import PoolCore
internal import PoolModel

extension Manager {
    /// Holds a front, takes it into maintenance or opens it; answers once it is in the state file and in
    /// force.
    func setGate(
        _ request: GateRequest,
        of pool: String,
        actor: String,
        condition: String?
    ) async throws -> PoolSnapshot {
        try request.validate()
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        try check(generationOf: try self.pool(named: pool), expected: nil, condition: condition)
        guard let index = index(of: pool) else { throw PoolError(.notFound, "pool \(pool) does not exist") }
        if let engine = pools[index].machine.spec.front.engine, engine.isForeign {
            let remedy = "use the built-in engine"
            throw PoolError(.conflict, "\(engine.title) cannot hold its front, or show this page", remedy: remedy)
        }
        let moment = clock.moment
        let gate = request.gate(pools[index].machine.spec.front.maintenance, actor: actor, now: moment.wall)
        pools[index].pending += pools[index].machine.setGate(gate, actor: actor, why: request.why, at: moment)
        handleAll()
        await savedAll()
        await routed(pool)
        return try self.pool(named: pool)
    }

    /// Returns when every proxy uses the pool's present routes: who holds a front for a migration must be able to rely
    /// on it. A proxy that does not answer in time is not waited for.
    private func routed(_ pool: String) async {
        guard let revision = index(of: pool).map({ pools[$0].machine.state.routes.revision }) else { return }
        let deadline = ContinuousClock.now + .seconds(5)
        while let index = index(of: pool), !pools[index].machine.state.routes.isOut(since: revision) {
            let left = deadline - .now
            guard left > .zero else { return }
            guard await wait(for: .state, after: followers.version(.state), atMost: left) != .ended else { return }
        }
    }

    /// Ends the gates whose time is over.
    func checkGates() {
        for index in pools.indices where pools[index].machine.state.gate != nil {
            pools[index].pending += pools[index].machine.checkGate(at: clock.moment)
        }
    }
}
