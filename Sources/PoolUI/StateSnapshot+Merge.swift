internal import PoolAPI
internal import PoolModel

extension StateSnapshot {
    /// The state after a change, like `apply`, for a reader that does it several times a second for a thousand workers:
    /// those that are as they were stay where they are.
    mutating func merge(_ change: StateChange) {
        var before: [String: [WorkerSnapshot]] = [:]
        for pool in pools { before[pool.name] = pool.workers }
        // From here on the lists are the dictionary's alone.
        pools = change.pools
        (sequence, at, operations) = (change.sequence, change.at, change.operations)
        let removed = Set(change.removed)
        for index in pools.indices {
            guard var workers = before.removeValue(forKey: pools[index].name) else { continue }
            workers.merge(pools[index].workers, without: removed)
            pools[index].workers = workers
        }
    }
}

extension [WorkerSnapshot] {
    /// Takes newer workers over. Both lists are in ascending order of their numbers, so that one pass over both is enough.
    fileprivate mutating func merge(_ newer: [WorkerSnapshot], without removed: Set<WorkerID>) {
        var added: [Int] = []
        var row = 0
        for index in newer.indices {
            let number = newer[index].status.id.number
            while row < count, self[row].status.id.number < number { row += 1 }
            if row < count, self[row].status.id.number == number {
                self[row] = newer[index]
            } else {
                added.append(index)
            }
        }
        if !removed.isEmpty { removeAll { removed.contains($0.status.id) } }
        guard !added.isEmpty else { return }
        append(contentsOf: added.map { newer[$0] })
        sort { $0.status.id.number < $1.status.id.number }
    }
}
