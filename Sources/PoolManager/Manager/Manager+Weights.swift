internal import PoolAPI
internal import PoolCore
internal import PoolModel

extension Manager {
    /// Gives workers another share of the requests; answers once it is in the state file.
    func weigh(
        _ request: WeightRequest,
        in pool: String,
        actor: String,
        condition: String?
    ) async throws -> [WorkerSnapshot] {
        try request.validate()
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        let snapshot = try self.pool(named: pool)
        try check(generationOf: snapshot, expected: request.expectedGeneration, condition: condition)
        try check(lives: request.expected, of: snapshot)
        let all = snapshot.workers.map(\.status.id)
        let chosen = try choose(request.workers, pool: pool)?.sorted() ?? all
        guard let index = index(of: pool) else { throw PoolError(.notFound, "pool \(pool) does not exist") }
        let actions = try pools[index].machine.setWeight(request.weight, of: chosen, actor: actor, at: clock.moment)
        pools[index].pending.append(contentsOf: actions)
        handleAll()
        await savedAll()
        return try self.pool(named: pool).workers.filter { chosen.contains($0.status.id) }
    }
}
