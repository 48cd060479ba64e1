package import PoolModel

/// Commands: accepted or refused, queued, carried out, cancelled.
extension PoolMachine {
    /// Accepts a command, at once or queued; or says why not, having changed nothing.
    package mutating func submit(
        _ request: OperationRequest,
        at moment: Moment
    ) throws(PoolError) -> [PoolAction] {
        try check(request)
        if case .shutdown = request.command { abandonAll("the pool is being shut down", at: moment) }
        state.unfinished.append(OperationMachine(request: request, pool: state.spec.name, at: moment))
        persistNow()
        turn.isSettlingDue = true
        return endTurn(at: moment)
    }

    /// Ends an operation early: what is under way for one worker is finished, a deploy is rolled back.
    package mutating func cancel(
        _ id: OperationID,
        actor: String,
        at moment: Moment
    ) throws(PoolError) -> [PoolAction] {
        let index = try unfinishedIndex(id)
        if case .shutdown = state.unfinished[index].request.command {
            throw PoolError(.conflict, "\(id) is a shutdown and cannot be cancelled")
        }
        guard state.unfinished[index].cancelledBy == nil, state.unfinished[index].stage != .back else {
            throw PoolError(.conflict, "\(id) is being ended already")
        }
        // An operation that is no roll ends here and now: nothing of it may be done afterwards.
        if state.unfinished[index].policy == nil {
            for task in state.unfinished[index].tasks where task.activeSince != nil { callOff(task.worker) }
        }
        state.unfinished[index].cancel(by: actor)
        return change(at: moment)
    }

    /// Holds an operation after the workers it is at.
    package mutating func pause(_ id: OperationID, at moment: Moment) throws(PoolError) -> [PoolAction] {
        let index = try unfinishedIndex(id)
        let operation = state.unfinished[index]
        guard operation.policy != nil, operation.stage != .back, operation.cancelledBy == nil else {
            throw PoolError(.conflict, "\(id) is not a roll that is going forward", remedy: "cancel it instead")
        }
        state.unfinished[index].pause()
        tell(state.unfinished[index], at: moment)
        return change(at: moment)
    }

    /// Lets a paused operation go on.
    package mutating func unpause(_ id: OperationID, at moment: Moment) throws(PoolError) -> [PoolAction] {
        let index = try unfinishedIndex(id)
        guard state.unfinished[index].isPaused else { throw PoolError(.conflict, "\(id) is not paused") }
        state.unfinished[index].unpause()
        tell(state.unfinished[index], at: moment)
        return change(at: moment)
    }

    /// Gives workers a share of the requests, 0...256.
    package mutating func setWeight(
        _ weight: Int,
        of workers: [WorkerID],
        actor: String,
        at moment: Moment
    ) throws(PoolError) -> [PoolAction] {
        guard (0...256).contains(weight) else {
            throw PoolError(.invalidArgument, "weight \(weight) is not within 0 and 256")
        }
        try checkExist(workers)
        for id in workers {
            guard let index = state.index(of: id), state.workers[index].weight != weight else { continue }
            update(index) { slot, _ in slot.weight = weight }
            emit(.admin, .notice, worker: id, "\(id) has weight \(weight)", actor: actor, at: moment)
        }
        persistNow()
        turn.areRoutesDue = true
        return endTurn(at: moment)
    }

    private mutating func change(at moment: Moment) -> [PoolAction] {
        persistNow()
        turn.isSettlingDue = true
        return endTurn(at: moment)
    }

    private func unfinishedIndex(_ id: OperationID) throws(PoolError) -> Int {
        if let index = state.unfinished.firstIndex(where: { $0.id == id }) { return index }
        if state.finished.contains(where: { $0.id == id }) {
            throw PoolError(.conflict, "operation \(id) has ended already")
        }
        throw PoolError(.notFound, "operation \(id) does not exist")
    }

    // MARK: Going on

    /// Lets every operation that may go on do so.
    mutating func advanceOperations(at moment: Moment) {
        var isTaken = false
        var index = 0
        while index < state.unfinished.count {
            beginIfItsTurn(index, isTaken: isTaken, at: moment)
            let limits = limits(of: state.unfinished[index])
            let view = View(state, at: moment)
            let orders = state.unfinished[index].advance(view, limits: limits, at: moment)
            let operation = state.unfinished[index]
            if operation.isQueued { isTaken = true }
            if state.unfinished[index].takeChange() {
                turn.actions.append(.operationChanged(operation.operation))
                turn.isSettlingDue = true
                persistSoon()
            }
            for order in orders { carryOut(order, for: operation, at: moment) }
            if operation.isFinished { retire(index, at: moment) } else { index += 1 }
        }
    }

    private mutating func beginIfItsTurn(_ index: Int, isTaken: Bool, at moment: Moment) {
        let operation = state.unfinished[index]
        guard operation.stage == .queued, operation.cancelledBy == nil, !(operation.isQueued && isTaken) else {
            return
        }
        let plan = makePlan(operation.request, at: moment)
        let hooks = state.spec(of: plan.candidate ?? state.generation).hooks
        state.unfinished[index].begin(plan, hooks: [.beforeRoll, .afterRoll].filter { !hooks[$0].isEmpty })
        emitOperation(operation, "began", at: moment)
    }

    private mutating func retire(_ index: Int, at moment: Moment) {
        let operation = state.unfinished.remove(at: index)
        state.finished.append(operation.operation)
        if state.finished.count > PoolState.finishedMax { state.finished.removeFirst() }
        state.prune()
        persistNow()
        turn.isSettlingDue = true
        let result = operation.operation.result ?? ""
        emitOperation(operation, "\(operation.operation.state.rawValue): \(result)", at: moment)
    }

    mutating func abandonAll(_ why: String, at moment: Moment) {
        while !state.unfinished.isEmpty {
            state.unfinished[0].abandon(why, at: moment)
            turn.actions.append(.operationChanged(state.unfinished[0].operation))
            retire(0, at: moment)
        }
    }

    private mutating func tell(_ operation: OperationMachine, at moment: Moment) {
        emitOperation(operation, operation.isPaused ? "paused" : "goes on", at: moment)
    }

    private mutating func emitOperation(_ operation: OperationMachine, _ what: String, at moment: Moment) {
        let severity: PoolEvent.Severity =
            switch operation.operation.state {
            case .failed, .rolledBack: .error
            case .queued, .running, .paused, .succeeded, .cancelled: .notice
            }
        let name = "\(operation.operation.verb.rawValue) (\(operation.id))"
        let actor = operation.request.actor
        emit(.operation, severity, "\(name) \(what)", actor: actor, operation: operation.id, at: moment)
    }

    func limits(of operation: OperationMachine) -> StepLimits {
        let generation = operation.plan.candidate ?? state.generation
        let spec = state.spec(of: generation)
        return StepLimits(rules: spec.worker, policy: operation.policy, hooks: spec.hooks)
    }

    /// The workers as operations see them.
    private struct View: PoolView {
        let state: PoolState
        let moment: Moment

        init(_ state: PoolState, at moment: Moment) {
            // Without the operations, so that the one that looks is changed in place, not copied.
            var state = state
            state.unfinished = []
            self.state = state
            self.moment = moment
        }

        func worker(_ id: WorkerID) -> WorkerView? {
            state.index(of: id).map {
                WorkerView(state.workers[$0], routes: state.routes, hook: state.hooks?.current(of: id))
            }
        }

        func reason(_ id: WorkerID) -> String {
            guard let index = state.index(of: id) else { return "gone" }
            let slot = state.workers[index]
            let spec = state.spec(of: slot.rulesGeneration)
            return slot.reason(spec: spec, generation: slot.processGeneration, at: moment) ?? "not serving"
        }

        var routableCount: Int { state.inRotationCount }

        var hopefulCount: Int {
            state.workers.count { worker in
                guard worker.isRolled, worker.admin == .ready else { return false }
                switch worker.machine.phase {
                case .fatal, .exited: return false
                case .stopped, .spawning, .starting, .running, .draining, .terminating, .backingOff: return true
                }
            }
        }
    }
}
