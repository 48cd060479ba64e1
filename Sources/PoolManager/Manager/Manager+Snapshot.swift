internal import PoolAPI
internal import PoolCore
internal import PoolModel

extension Manager {
    /// What readers see now; made once for all of them until something changes.
    var current: StateSnapshot {
        if let snapshot { return snapshot }
        let made = makeSnapshot()
        snapshot = made
        return made
    }

    private func makeSnapshot() -> StateSnapshot {
        let moment = clock.moment
        let recent = moment.wall.microseconds - 10_000_000
        return StateSnapshot(
            sequence: events.lastSequence,
            at: moment.wall,
            pools: pools.map { pool in
                PoolSnapshot(
                    name: pool.name,
                    generation: pool.machine.state.generation,
                    sequence: events.lastSequence,
                    at: moment.wall,
                    listen: pool.machine.spec.front.listen,
                    workers: pool.machine.snapshot(at: moment).map(workerSnapshot),
                    stats: driver.traffic(pool: pool.name),
                    profileError: pool.profileError,
                    profilePath: pool.profilePath,
                    panic: panic(of: pool),
                    gate: pool.machine.state.gate
                )
            },
            operations: allOperations.filter { $0.finishedAt.map { $0.microseconds >= recent } ?? true }
        )
    }

    /// What a proxy told of a panic, for as long as it may last without another word.
    private func panic(of pool: ManagedPool) -> String? {
        guard let panic = pool.panic, clock.now - panic.at < .seconds(15) else { return nil }
        return panic.detail
    }

    private func workerSnapshot(_ status: WorkerStatus) -> WorkerSnapshot {
        WorkerSnapshot(
            name: status.id.description,
            status: status,
            traffic: slots[status.id].map { driver.traffic(slot: $0) } ?? TrafficStats(),
            resources: status.state.isAlive ? driver.resources(of: status.id) : nil
        )
    }

    /// Of all pools and of the daemon, the newest first.
    var allOperations: [Operation] {
        let ofDaemon = [stopping?.operation, upgrade?.operation].compactMap { $0 }
        return (pools.flatMap(\.machine.operations) + departed + ofDaemon).sorted { $0.id > $1.id }
    }
}
