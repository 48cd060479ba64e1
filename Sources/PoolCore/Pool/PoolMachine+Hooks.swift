internal import PoolModel

/// Hooks: what waits for them, and what their failure means. The manager runs them; each ends within its timeout.
///
/// | hook | waits for it | its failure |
/// |---|---|---|
/// | before_start | the process | a failed start: back-off, then FATAL |
/// | before_stop | drain and stop, where the worker runs and nobody forces it | the order is refused, the worker runs on |
/// | after_start, after_stop | the operation's step | fails the step; an event where there is no operation |
/// | before_roll | the first worker | the operation fails, nothing has begun |
/// | after_roll | the operation's success | the operation turns back |
///
/// The way back of a roll, a shutdown and a recycle limit are not refused by a hook: there its failure is an event.
/// A worker's hooks run one after the other. A manager that dies in the middle of one leaves it to its successor, which
/// runs it again: a hook runs at least once.
extension PoolMachine {
    /// Runs a hook, or lets it wait for its turn; false where the profile has none.
    mutating func beginHook(
        _ hook: Hook,
        _ subject: HookRun.Subject,
        generation: Generation,
        then sequel: HookRun.Sequel = .nothing,
        isBinding: Bool
    ) -> Bool {
        guard !state.spec(of: generation).hooks[hook].isEmpty else { return false }
        var book = state.hooks ?? HookBook()
        if case .worker(let id, _) = subject,
            let place = book.runs.firstIndex(where: { $0.worker == id && $0.hook == hook && $0.serves(subject) })
        {
            // The last order counts; the hook is run once for both.
            if sequel != .nothing { book.runs[place].sequel = sequel }
            book.runs[place].isBinding = isBinding
            if hook == .beforeStart || !book.runs[place].isRunning { book.runs[place].subject = subject }
            state.hooks = book
            return true
        }
        book.runs.append(
            HookRun(
                number: book.next,
                hook: hook,
                subject: subject,
                generation: generation,
                sequel: sequel,
                isBinding: isBinding
            )
        )
        book.next += 1
        state.hooks = book
        startHooks()
        return true
    }

    /// Starts every hook whose turn it is.
    private mutating func startHooks() {
        guard var book = state.hooks else { return }
        for place in book.runs.indices where !book.runs[place].isRunning {
            let run = book.runs[place]
            let isFirst = run.worker == nil || book.runs.firstIndex { $0.worker == run.worker } == place
            guard isFirst else { continue }
            book.runs[place].isRunning = true
            turn.actions.append(.runHook(book.runs[place]))
        }
        state.hooks = book
        persistSoon()
    }

    /// A hook has ended; `failure` is nil where it has succeeded.
    mutating func hookEnded(_ number: UInt64, _ failure: String?, at moment: Moment) {
        guard let place = state.hooks?.runs.firstIndex(where: { $0.number == number && $0.isRunning }),
            let run = state.hooks?.runs.remove(at: place)
        else { return }
        if state.hooks?.runs.isEmpty == true { persistSoon() }
        turn.isSettlingDue = true
        let why = failure.map { "\(run.hook.rawValue) hook: \($0)" }
        switch run.subject {
        case .operation(let id):
            if let why { emit(.operation, .warning, why, operation: id, at: moment) }
            if let index = state.unfinished.firstIndex(where: { $0.id == id }) {
                state.unfinished[index].hookEnded(failure: why)
            }
        case .worker(let id, let life):
            if let why { emit(.state, .warning, worker: id, "\(id): \(why)", at: moment) }
            if let index = state.index(of: id) { goOn(index, run, life: life, why, at: moment) }
        }
        startHooks()
    }

    private mutating func goOn(_ index: Int, _ run: HookRun, life: Life, _ why: String?, at moment: Moment) {
        if let why, run.isBinding, run.hook != .beforeStart { update(index) { slot, _ in slot.hookFailure = why } }
        switch run.sequel {
        case .nothing: break
        case .spawn:
            let slot = state.workers[index]
            guard slot.isSpawning, slot.machine.life == life || run.hook != .beforeStart else { return }
            if slot.machine.goal == .down || slot.machine.ending != nil {
                drive(index, .startCalledOff, at: moment)
            } else if let why, run.hook == .beforeStart {
                drive(index, .startRefused(why), at: moment)
            } else {
                askForProcess(index)
            }
        case .order(let order, let actor):
            if why != nil, run.isBinding { return }
            carryOut(order, by: actor, at: moment)
        case .restart(let reason):
            drive(index, .restart(why: reason, force: false), at: moment)
        }
    }

    /// Lets an order wait for the worker's `before_stop`; false where it need not.
    mutating func waitsForHook(_ order: OperationOrder, _ id: WorkerID, for operation: OperationMachine) -> Bool {
        guard let index = state.index(of: id) else { return false }
        update(index) { slot, _ in slot.hookFailure = nil }
        let slot = state.workers[index]
        guard slot.isReady, !order.isForced else {
            // Who forces it does not wait for what was asked before either.
            if let place = state.hooks?.runs.firstIndex(where: { $0.worker == id && $0.hook == .beforeStop }) {
                state.hooks?.runs[place].sequel = .nothing
            }
            return false
        }
        return beginHook(
            .beforeStop,
            .worker(id, life: slot.machine.life),
            generation: slot.processGeneration,
            then: .order(order, actor: operation.actorOfStop),
            isBinding: operation.stage != .back && operation.operation.verb != .shutdown
        )
    }

    /// Takes back the order that waits for the worker's `before_stop`. The hook itself runs to its end.
    mutating func callOff(_ id: WorkerID) {
        guard let place = state.hooks?.runs.firstIndex(where: { $0.worker == id && $0.hook == .beforeStop }),
            case .order? = state.hooks?.runs[place].sequel
        else { return }
        state.hooks?.runs[place].sequel = .nothing
        state.hooks?.runs[place].isBinding = false
        persistSoon()
    }

    /// Whether an operation waits for what becomes of this worker, and may fail by it.
    func isWatched(_ id: WorkerID) -> Bool {
        state.unfinished.contains { operation in
            guard operation.stage != .back, operation.operation.verb != .shutdown else { return false }
            return operation.tasks.contains { $0.worker == id && $0.activeSince != nil }
        }
    }

    /// The last manager's hooks died with it, or are killed: those that something waits for are run again. Those of a
    /// start are begun by the start itself.
    mutating func restoreHooks(_ runs: [HookRun], at moment: Moment) {
        for run in runs where run.hook != .beforeStart {
            if case .worker(let id, let life) = run.subject {
                guard let index = state.index(of: id) else { continue }
                let slot = state.workers[index]
                // Its process is gone meanwhile: nothing is to be said before its end, or after its start.
                if run.hook != .afterStop, slot.machine.life != life || !slot.isReady {
                    if case .order(let order, let actor) = run.sequel { carryOut(order, by: actor, at: moment) }
                    continue
                }
            }
            let sequel = run.sequel == .spawn ? .nothing : run.sequel
            _ = beginHook(run.hook, run.subject, generation: run.generation, then: sequel, isBinding: run.isBinding)
        }
    }
}

extension OperationOrder {
    fileprivate var isForced: Bool {
        switch self {
        case .stop(_, let force), .renew(_, _, _, let force): force
        case .start, .add, .remove, .setAdmin, .signal, .commit, .runHook: false
        }
    }
}

extension OperationMachine {
    /// Who counts as having stopped a worker by hand; nobody where the whole daemon ends.
    var actorOfStop: String? { operation.verb == .shutdown ? nil : request.actor }
}
