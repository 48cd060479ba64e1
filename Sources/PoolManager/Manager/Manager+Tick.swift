internal import PoolCore
internal import PoolModel

extension Manager {
    /// Once a second, after the figures have been sampled.
    package func tick() {
        for index in pools.indices {
            let events = pools[index].machine.state.workers.compactMap(sampled)
            guard !events.isEmpty else { continue }
            pools[index].pending += pools[index].machine.handle(events, at: clock.moment)
        }
        for index in pools.indices where pools[index].panic.map({ clock.now - $0.at >= .seconds(15) }) ?? false {
            pools[index].panic = nil
            stateChanged()
        }
        checkGates()
        handleAll()
        if saving.isDue { save() }
        followers.bump(.stats)
        followers.expire(at: clock.now)
    }

    private func sampled(_ worker: WorkerSlot) -> PoolMachine.Event? {
        guard worker.machine.phase.process != nil, let slot = slots[worker.id] else { return nil }
        let traffic = driver.traffic(slot: slot)
        let sample = WorkerSample(
            requests: traffic.requests,
            failures: traffic.errors + traffic.status5xx,
            rssBytes: driver.resources(of: worker.id)?.rssBytes ?? 0
        )
        return .sampled(worker.id, life: worker.machine.life, sample)
    }

    /// New lines have come to the logs.
    package func linesArrived() { followers.bump(.logs) }
}
