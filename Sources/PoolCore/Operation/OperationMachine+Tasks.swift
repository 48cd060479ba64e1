internal import PoolModel

/// Single tasks: how they begin, and when they are done or have failed.
extension OperationMachine {
    /// Ends the active tasks that have come to their aim, or cannot.
    mutating func settle(_ view: some PoolView, limits: StepLimits, now: Duration) {
        for index in tasks.indices where activeCount > 0 {
            guard let since = tasks[index].activeSince else { continue }
            let worker = view.worker(tasks[index].worker)
            if let detail = success(of: tasks[index], worker) {
                set(index, .done(detail))
                watch(tasks[index], worker)
            } else if let why = problem(of: tasks[index], view, after: now - since, limits: limits) {
                // The process is the one that there was: there is nothing to undo.
                if worker?.hookFailure != nil, worker?.life == tasks[index].lifeBefore { refuse(index) }
                set(index, .failed(why))
                if stage == .forward, policy != nil, failure == nil { failure = "\(tasks[index].worker): \(why)" }
            } else {
                say(index, hook: worker?.hook)
            }
        }
    }

    /// Begins a task: its order, or none where there is nothing to do.
    mutating func activate(_ index: Int, _ view: some PoolView, now: Duration) -> OperationOrder? {
        let task = tasks[index]
        let worker = view.worker(task.worker)
        set(index, .active(since: now), lifeBefore: worker?.life ?? 0)
        switch task.aim {
        case .up: return .start(task.worker)
        case .down(let force): return .stop(task.worker, force: force)
        case .renewed(let generation, let force):
            return .renew(task.worker, generation, why: "\(operation.verb.rawValue) (\(id))", force: force)
        case .added(let generation, let isSurge): return .add(task.worker, generation, isSurge: isSurge)
        case .removed: return worker == nil ? nil : .remove(task.worker)
        case .admin(let admin): return .setAdmin(task.worker, admin)
        case .signaled(let name):
            guard worker?.state.isAlive == true else { return nil }
            set(index, .done("sent SIG\(name)"))
            return .signal(task.worker, name: name)
        }
    }

    /// What to say of a task that has come to its aim; nil where it has not.
    private func success(of task: WorkerTask, _ worker: WorkerView?) -> String? {
        guard let worker else { return task.aim == .removed ? "stopped and removed" : nil }
        if task.aim.hasHooks, worker.hook != nil || worker.hookFailure != nil { return nil }
        switch task.aim {
        case .up, .added:
            return worker.isInPlace ? "up" : nil
        case .down:
            return worker.state.isAlive || worker.isUp ? nil : "stopped"
        case .renewed(let generation, _):
            let isNew = worker.life > task.lifeBefore && worker.processGeneration == generation
            return worker.isInPlace && isNew ? "restarted" : nil
        case .removed, .signaled:
            return nil
        case .admin(.drain):
            return worker.isDrained ? "drained" : nil
        case .admin(.ready):
            return worker.isJoining ? nil : "set"
        case .admin(.maintenance):
            return "set"
        }
    }

    /// Why a task cannot come to its aim any more; nil while it can.
    private func problem(
        of task: WorkerTask,
        _ view: some PoolView,
        after spent: Duration,
        limits: StepLimits
    ) -> String? {
        guard let worker = view.worker(task.worker) else { return "the worker has left the pool" }
        let isOver = limits.limit(of: task.aim).map { spent >= $0 } ?? false
        if task.aim.hasHooks, let failure = worker.hookFailure { return failure }
        switch task.aim {
        case .up, .added, .renewed:
            if hasFailedToStart(worker) { return view.reason(task.worker) }
            if !worker.isUp { return "stopped meanwhile" }
            return isOver ? "not healthy within \(spent.text): \(view.reason(task.worker))" : nil
        case .admin(.ready):
            return isOver ? "set, and after \(spent.text) it \(view.reason(task.worker))" : nil
        case .admin(.drain), .admin(.maintenance):
            return isOver ? "\(worker.inFlight ?? 0) requests still in flight after \(spent.text)" : nil
        case .signaled:
            return "not running"
        case .down, .removed:
            return nil
        }
    }

    /// Whether the worker's start has failed for good; in a roll, whether it has failed at all.
    private func hasFailedToStart(_ worker: WorkerView) -> Bool {
        switch worker.state {
        case .fatal, .exited:
            return true
        case .backoff:
            if policy != nil, stage != .back { return true }
            // A start that took the whole limit is not waited for again.
            if case .startTimedOut = worker.lastExit { return true }
            return false
        case .starting, .running, .stopping, .stopped:
            return false
        }
    }
}

extension WorkerTask.Aim {
    /// Whether hooks of the worker are run on the way.
    fileprivate var hasHooks: Bool {
        switch self {
        case .up, .down, .renewed, .added, .removed: true
        case .admin, .signaled: false
        }
    }
}
