package import PoolModel

/// What makes a state out of the one before: the later records of the stream of `GET /v1/state`.
///
/// Workers that are as they were are left out, which is most of them in a large pool.
package struct StateChange: Hashable, Sendable, Codable {
    package var sequence: UInt64
    package var at: Timestamp
    /// Every pool of the new state in its order, with only those of its workers that are new or different.
    package var pools: [PoolSnapshot]
    /// Workers that are gone.
    package var removed: [WorkerID]
    /// The new state's operations, all of them.
    package var operations: [Operation]

    package init(sequence: UInt64, at: Timestamp, pools: [PoolSnapshot], removed: [WorkerID], operations: [Operation]) {
        self.sequence = sequence
        self.at = at
        self.pools = pools
        self.removed = removed
        self.operations = operations
    }

    /// The difference of two states.
    package init(from old: StateSnapshot, to new: StateSnapshot) {
        var before: [WorkerID: WorkerSnapshot] = [:]
        for worker in old.pools.flatMap(\.workers) { before[worker.status.id] = worker }
        var pools = new.pools
        for index in pools.indices {
            pools[index].workers = new.pools[index].workers.filter {
                before.removeValue(forKey: $0.status.id) != $0
            }
        }
        self.init(
            sequence: new.sequence,
            at: new.at,
            pools: pools,
            removed: before.keys.sorted(),
            operations: new.operations
        )
    }
}

extension StateSnapshot {
    /// The state after a change. Workers stay in ascending order of their numbers.
    package mutating func apply(_ change: StateChange) {
        var known: [String: [WorkerID: WorkerSnapshot]] = [:]
        for pool in pools {
            known[pool.name] = Dictionary(pool.workers.map { ($0.status.id, $0) }, uniquingKeysWith: { $1 })
        }
        let removed = Set(change.removed)
        sequence = change.sequence
        at = change.at
        operations = change.operations
        pools = change.pools.map { pool in
            var pool = pool
            var workers = known[pool.name] ?? [:]
            for worker in pool.workers { workers[worker.status.id] = worker }
            pool.workers = workers.values.filter { !removed.contains($0.status.id) }
                .sorted { $0.status.id < $1.status.id }
            return pool
        }
    }
}
