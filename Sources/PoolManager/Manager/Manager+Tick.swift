internal import PoolCore
internal import PoolModel

extension Manager {
    /// Once a second, after the figures have been sampled.
    package func tick() {
        for (index, pool) in pools.enumerated() {
            for worker in pool.machine.snapshot(at: clock.moment) where worker.state.isAlive {
                guard let slot = slots[worker.id] else { continue }
                let traffic = driver.traffic(slot: slot)
                let sample = WorkerSample(
                    requests: traffic.requests,
                    failures: traffic.errors + traffic.status5xx,
                    rssBytes: driver.resources(of: worker.id)?.rssBytes ?? 0
                )
                let event = PoolMachine.Event.sampled(worker.id, life: worker.life, sample)
                pools[index].pending += pools[index].machine.handle(event, at: clock.moment)
            }
        }
        handleAll()
        if saving.isDue { save() }
        followers.bump(.stats)
        followers.expire(at: clock.now)
    }

    /// New lines have come to the logs.
    package func linesArrived() { followers.bump(.logs) }
}
