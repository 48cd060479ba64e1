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
        recordHistory()
        checkGates()
        considerScaling()
        handleAll()
        if saving.isDue { save() }
        followers.bump(.stats)
        followers.expire(at: clock.now)
    }

    /// More workers or fewer, where the load says so.
    private func considerScaling() {
        guard stopping == nil else { return }
        let queued = driver.proxyFigures.queued
        for index in pools.indices {
            let (decision, actions) = pools[index].machine.considerScaling(
                queued: waiting(queued, pool: index),
                busy: pools[index].machine.spec.scale.auto == .off ? nil : busy(pool: index),
                at: clock.moment
            )
            pools[index].pending += actions
            if let decision { scale(pool: index, decision) }
        }
    }

    /// The same that a person may ask for: no worker comes where another pool's stands. That is told once, not each time
    /// that the load asks for it.
    private func scale(pool index: Int, _ decision: ScaleDecision) {
        do throws(PoolError) {
            try checkRoom(for: decision.count, pool: index)
            let request = OperationRequest(
                id: takeOperationID(),
                command: .scale(to: decision.count, pools[index].machine.spec.scale.order),
                actor: PoolMachine.autoscaler,
                why: decision.why
            )
            pools[index].pending += try pools[index].machine.submit(request, at: clock.moment)
            pools[index].growthRefusal = nil
            followers.bump(.operations)
        } catch {
            guard pools[index].growthRefusal != error.message else { return }
            pools[index].growthRefusal = error.message
            report(.warning, .operation, nil, "\(pools[index].name) cannot be scaled by load: \(error)")
        }
    }

    /// How many of the requests that wait are a pool's. The proxies count them together, so with several pools they
    /// count for those that are full: others have none waiting.
    private func waiting(_ queued: UInt64, pool index: Int) -> UInt64 {
        guard queued > 0, pools.count > 1 else { return queued }
        let serving = pools[index].machine.state.workers.filter(\.isRoutable)
        guard let limit = pools[index].machine.spec.balance.inFlightMax else { return serving.isEmpty ? queued : 0 }
        let inFlight = serving.reduce(UInt64(0)) { sum, worker in
            sum + (slots[worker.id].map { driver.inFlight(slot: $0) } ?? 0)
        }
        return inFlight >= UInt64(limit * serving.count) ? queued : 0
    }

    /// The mean busy time of a pool's serving workers: the share of a core that a worker uses, or of its requests in
    /// flight in as many as it may have, whichever is more. nil where none has been sampled.
    private func busy(pool index: Int) -> Double? {
        let limit = pools[index].machine.spec.balance.inFlightMax
        let shares = pools[index].machine.state.workers.filter(\.isReady).compactMap { worker -> Double? in
            guard let resources = driver.resources(of: worker.id) else { return nil }
            let inFlight = slots[worker.id].map { Double(driver.inFlight(slot: $0)) } ?? 0
            return max(resources.cpuPercent / 100, limit.map { inFlight / Double($0) } ?? 0)
        }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
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
