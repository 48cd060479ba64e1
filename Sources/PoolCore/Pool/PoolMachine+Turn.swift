internal import PoolModel

/// The end of a turn: what follows from what has changed, and the actions in their order.
extension PoolMachine {
    /// Rounds in which consequences may bring consequences. The tasks of an operation are at most begun, done and
    /// followed by the next rank, so a handful is enough; the bound is for a mistake of ours.
    private static let roundsMax = 64

    mutating func endTurn(at moment: Moment) -> [PoolAction] {
        var rounds = 0
        while turn.isSettlingDue && rounds < PoolMachine.roundsMax {
            turn.isSettlingDue = false
            advanceOperations(at: moment)
            restartNext(at: moment)
            removeRetired()
            rounds += 1
        }
        if turn.areRoutesDue { endEjectionsInNeed(at: moment) }
        let routes = publish()
        var actions: [PoolAction] = []
        switch turn.persisting {
        case .no: break
        case .soon: actions.append(.persist(urgent: false))
        case .urgent: actions.append(.persist(urgent: true))
        }
        if let routes { actions.append(routes) }
        actions += turn.actions
        let deadline = earliestDeadline
        if deadline != deadlineSet {
            deadlineSet = deadline
            actions.append(.setDeadline(deadline))
        }
        turn = Turn()
        return actions
    }

    mutating func persistSoon() { if turn.persisting == .no { turn.persisting = .soon } }
    mutating func persistNow() { turn.persisting = .urgent }

    mutating func emit(
        _ kind: PoolEvent.Kind,
        _ severity: PoolEvent.Severity = .info,
        worker: WorkerID? = nil,
        _ message: String,
        actor: String? = nil,
        operation: OperationID? = nil,
        at moment: Moment
    ) {
        let event = PoolEvent(
            at: moment.wall,
            kind: kind,
            severity: severity,
            pool: state.spec.name,
            worker: worker,
            message: message,
            actor: actor,
            operation: operation
        )
        turn.actions.append(.emit(event))
    }

    // MARK: Routes

    private mutating func publish() -> PoolAction? {
        guard turn.areRoutesDue else { return nil }
        let routes = RouteBook.routes(spec: state.spec, workers: state.workers, gate: state.gate)
        guard let revision = state.routes.publish(routes) else { return nil }
        for index in state.workers.indices {
            state.workers[index].note(revision)
        }
        return .publishRoutes(routes, revision: revision)
    }

    // MARK: Deadlines

    /// Every change to a worker goes through here, so that its deadline is known.
    @discardableResult
    mutating func update<Result>(
        _ index: Int,
        _ change: (inout WorkerSlot, inout SeededRandom) -> Result
    ) -> Result {
        let result = change(&state.workers[index], &state.random)
        deadlines[index] = Deadline(state.workers[index].deadline)
        return result
    }

    private var earliestDeadline: Duration? {
        var earliest = deadlines.min()?.duration
        for operation in state.unfinished {
            guard let deadline = operation.deadline(limits(of: operation)) else { continue }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        return earliest
    }

    mutating func deadlineReached(at moment: Moment) {
        // The clock that wakes us is used up, whatever comes next.
        deadlineSet = nil
        for index in deadlines.indices where deadlines[index].isReached(at: moment.now) { expire(index, at: moment) }
        if !state.unfinished.isEmpty { turn.isSettlingDue = true }
    }
}
