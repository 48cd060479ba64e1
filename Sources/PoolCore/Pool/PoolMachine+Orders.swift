internal import PoolModel

/// What operations order, done to the workers.
extension PoolMachine {
    mutating func carryOut(_ order: OperationOrder, for operation: OperationMachine, at moment: Moment) {
        switch order {
        case .start(let id):
            guard let index = state.index(of: id) else { return }
            let generation = state.generation
            callOff(id)
            update(index) { slot, _ in
                slot.stoppedBy = nil
                slot.hookFailure = nil
                if slot.machine.phase.process == nil, !slot.isSpawning { slot.generation = generation }
            }
            drive(index, .start, at: moment)
        case .stop(let id, _), .renew(let id, _, _, _), .remove(let id):
            if !waitsForHook(order, id, for: operation) { carryOut(order, by: operation.actorOfStop, at: moment) }
        case .add(let id, let generation, let isSurge):
            add(id, generation, isSurge: isSurge, at: moment)
        case .setAdmin(let id, let admin):
            if let index = state.index(of: id) { setAdmin(index, admin, for: operation, at: moment) }
        case .signal(let id, let name):
            guard let index = state.index(of: id), let process = state.workers[index].machine.phase.process else {
                return
            }
            let life = state.workers[index].machine.life
            turn.actions.append(.signal(id, life: life, process, signal: name, group: false))
        case .commit(let generation):
            commit(generation, for: operation, at: moment)
        case .runHook(let hook):
            let generation = operation.plan.candidate ?? state.generation
            if !beginHook(hook, .operation(operation.id), generation: generation, isBinding: true),
                let index = state.unfinished.firstIndex(where: { $0.id == operation.id })
            {
                state.unfinished[index].hookEnded(failure: nil)
            }
        }
        persistNow()
        turn.isSettlingDue = true
        turn.areRoutesDue = true
    }

    /// Stops or restarts a worker: whatever there was to wait for has come about.
    mutating func carryOut(_ order: OperationOrder, by actor: String?, at moment: Moment) {
        switch order {
        case .stop(let id, let force):
            guard let index = state.index(of: id) else { return }
            update(index) { slot, _ in slot.stoppedBy = actor }
            drive(index, .stop(force: force), at: moment)
        case .renew(let id, let generation, let why, let force):
            guard let index = state.index(of: id) else { return }
            update(index) { slot, _ in
                slot.stoppedBy = nil
                slot.generation = generation
            }
            drive(index, .restart(why: why, force: force), at: moment)
        case .remove(let id):
            guard let index = state.index(of: id) else { return }
            update(index) { slot, _ in slot.isRetiring = true }
            drive(index, .stop(force: false), at: moment)
        case .start, .add, .setAdmin, .signal, .commit, .runHook:
            preconditionFailure("illegal: \(order) does not end a process")
        }
        persistNow()
        turn.isSettlingDue = true
        turn.areRoutesDue = true
    }

    private mutating func add(_ id: WorkerID, _ generation: Generation, isSurge: Bool, at moment: Moment) {
        let index = insert(id, generation, at: moment)
        update(index) { slot, _ in
            slot.isSurge = isSurge
            slot.isRetiring = false
            slot.hookFailure = nil
            slot.generation = generation
        }
        drive(index, .start, at: moment)
    }

    /// The place of a worker, which is made where there is none.
    mutating func insert(_ id: WorkerID, _ generation: Generation, at moment: Moment) -> Int {
        if let index = state.index(of: id) { return index }
        let address = addressRule(state.spec(of: generation), id)
        var slot = WorkerSlot(id: id, generation: generation, address: address, since: moment.wall)
        slot.machine.life = state.retiredLives[id.number] ?? 0
        slot.weight = state.spec(of: generation).balance.weight(of: id.number)
        let index = state.workers.firstIndex { $0.id > id } ?? state.workers.endIndex
        state.workers.insert(slot, at: index)
        state.retiredLives[id.number] = nil
        deadlines = state.workers.map { Deadline($0.deadline) }
        turn.areRoutesDue = true
        return index
    }

    /// Lets retired workers go whose processes have ended. Their lives are remembered, so that the numbers of their
    /// successors of the same name go on, and a late event of the old ones finds nobody.
    mutating func removeRetired() {
        guard state.workers.indices.contains(where: { isGone(state.workers[$0]) }) else { return }
        for worker in state.workers where isGone(worker) {
            state.retiredLives[worker.id.number] = worker.machine.life
            turn.actions.append(.released(worker.id))
        }
        let left = state.workers.filter { !isGone($0) }
        state.workers = left
        deadlines = state.workers.map { Deadline($0.deadline) }
        state.prune()
        persistSoon()
        turn.areRoutesDue = true
        turn.isSettlingDue = true
    }

    private mutating func setAdmin(
        _ index: Int,
        _ admin: AdminState,
        for operation: OperationMachine,
        at moment: Moment
    ) {
        let slot = state.workers[index]
        guard slot.admin != admin else { return }
        let spec = state.spec(of: slot.rulesGeneration)
        let actor = operation.request.actor
        let why = operation.request.why.isEmpty ? nil : operation.request.why
        update(index) { slot, _ in
            let was = slot.admin
            slot.admin = admin
            slot.adminActor = admin == .ready ? nil : actor
            slot.adminWhy = admin == .ready ? nil : why
            slot.inFlight = nil
            slot.countDue = nil
            guard slot.isReady else { return }
            // In maintenance nobody asks; afterwards nobody knows.
            if admin == .maintenance { slot.health.end() }
            if was == .maintenance { slot.beginProbing(spec, now: moment.now) }
            if admin != .ready { slot.countDue = moment.now }
        }
        let text = "\(slot.id) is \(admin.rawValue)\(why.map { ": \($0)" } ?? "")"
        emit(.admin, .notice, worker: slot.id, text, actor: actor, operation: operation.id, at: moment)
    }

    /// The rolled-out profile becomes the pool's. Workers whose process needs nothing of what is new belong to it
    /// from now on; the others are stale until they are started again.
    private mutating func commit(_ generation: Generation, for operation: OperationMachine, at moment: Moment) {
        guard let place = state.others.firstIndex(where: { $0.generation == generation }) else { return }
        let version = state.others.remove(at: place)
        takeWeights(of: version.spec.balance)
        state.others.append(state.current)
        state.current = version
        for index in state.workers.indices {
            let old = state.spec(of: state.workers[index].processGeneration).worker
            let isSame = ProfilePlan.restartReasons(from: old, to: version.spec.worker).isEmpty
            update(index) { slot, _ in
                slot.generation = generation
                if isSame, operation.operation.verb == .apply { slot.processGeneration = generation }
            }
        }
        turn.actions.append(.generationChanged(generation))
        let text = "generation \(generation) is the pool's profile"
        emit(.profile, .notice, text, actor: operation.request.actor, operation: operation.id, at: moment)
    }
}

extension PoolMachine {
    /// The weights of another profile, where it says something else than the pool's. What was set at run time holds for
    /// the others.
    mutating func takeWeights(of newer: BalanceSpec) {
        let older = state.spec.balance
        guard older.weights != newer.weights else { return }
        for index in state.workers.indices {
            let number = state.workers[index].id.number
            let weight = newer.weight(of: number)
            guard older.weight(of: number) != weight else { continue }
            update(index) { slot, _ in slot.weight = weight }
        }
        turn.areRoutesDue = true
    }

    /// It was to leave the pool, and nothing of it is left.
    private func isGone(_ slot: WorkerSlot) -> Bool {
        slot.isRetiring && slot.machine.phase.process == nil && !slot.isSpawning
            && state.hooks?.current(of: slot.id) == nil
    }
}
