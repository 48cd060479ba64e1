internal import PoolCore
package import PoolModel

extension Manager {
    /// Runs each pool's actions in their order, up to one that must first be in the state file.
    func runPending() {
        for index in pools.indices {
            var next = 0
            var said: [(event: PoolEvent, life: Life?)] = []
            while next < pools[index].pending.count, !saving.isHolding(pools[index].name) {
                let action = pools[index].pending[next]
                next += 1
                // Deeds before words: a successor is on its way before its predecessor's end is written down. What it
                // says is read in a later round, so the log has both in their order.
                if case .emit(let event) = action {
                    said.append((event, event.worker.flatMap { lives[$0] }))
                } else {
                    perform(action, pool: index)
                }
            }
            pools[index].pending.removeFirst(next)
            for (event, life) in said { record(event, life: life) }
        }
    }

    private func perform(_ action: PoolAction, pool index: Int) {
        let pool = pools[index].name
        switch action {
        case .persist(urgent: true): save(holding: pool)
        case .persist(urgent: false): saving.isDue = true
        case .cleanSocket(let worker, _, let address):
            if let obstacle = driver.cleanSocket(address) { report(.warning, .state, worker, obstacle) }
        case .spawn(let worker, let life, let generation):
            lives[worker] = life
            driver.spawn(
                WorkerStart(
                    worker: worker,
                    life: life,
                    generation: generation,
                    spec: pools[index].machine.spec(of: generation),
                    profileDirectory: pools[index].profileDirectory
                )
            )
        case .runHook(let run):
            driver.runHook(
                HookStart(
                    run: run,
                    spec: pools[index].machine.spec(of: run.generation),
                    address: run.worker.flatMap { pools[index].machine.address(of: $0) },
                    profileDirectory: pools[index].profileDirectory
                )
            )
        case .signal(_, _, let process, let signal, let isGroup):
            driver.signal(process, signal: signal, asGroup: isGroup)
        case .killStray(_, _, let process): driver.signal(process, signal: "KILL", asGroup: true)
        case .probe(let worker, let life): driver.probe(worker, life: life, health: pools[index].machine.spec.health)
        case .checkListening(let worker, let life, let address):
            driver.checkListening(worker, life: life, at: address)
        case .checkInFlight(let worker, let life):
            let count = slots[worker].map { driver.inFlight(slot: $0) } ?? 0
            receive(.inFlight(worker, life: life, count: count), pool: pool)
        case .publishRoutes(let poolRoutes, let revision): take(poolRoutes, revision: revision, pool: index)
        case .emit(let event): record(event)
        case .operationChanged: followers.bump(.operations)
        case .released(let worker):
            slots.release(worker)
            slotless.remove(worker)
            lives[worker] = nil
            workerHistory[worker] = nil
            driver.release(worker)
        case .generationChanged: driver.profileChanged(pools[index].machine.spec)
        case .setDeadline(let deadline): driver.setDeadline(deadline, pool: pool)
        }
    }

    /// Numbers an event, keeps it and tells it: to followers, to the journal, and between the worker's own lines.
    ///
    /// - Parameter life: the life of its worker that it is about; nil is the present one.
    func record(_ event: PoolEvent, life: Life? = nil) {
        let event = events.append(event)
        driver.record(event)
        followers.bump(.events)
        guard let worker = event.worker else { return }
        switch event.kind {
        case .state, .health, .exit, .admin:
            driver.mark(worker, life: life ?? lives[worker] ?? 0, text: event.message)
        case .operation, .profile, .proxy, .daemon, .log: break
        }
    }

    /// An event of the manager's own.
    package func report(
        _ severity: PoolEvent.Severity,
        _ kind: PoolEvent.Kind,
        _ worker: WorkerID? = nil,
        _ message: String,
        actor: String? = nil
    ) {
        record(
            PoolEvent(
                at: clock.wall,
                kind: kind,
                severity: severity,
                pool: worker?.pool,
                worker: worker,
                message: message,
                actor: actor
            )
        )
    }
}
