package import PoolModel

/// From a command to its tasks.
extension PoolMachine {
    /// What applying a profile would do per worker; nothing is changed.
    package func plan(for spec: PoolSpec) -> ProfilePlan {
        let workers = state.workers.filter { !$0.isSurge }
        return ProfilePlan(
            from: state.spec,
            to: spec,
            workers: workers.map { ($0.id, $0.machine.goal == .up) },
            numbers: numbers(for: spec)
        )
    }

    /// The numbers that the pool has under a profile: those that it was scaled to, unless the profile's own change.
    func numbers(for spec: PoolSpec) -> [Int] {
        if spec.workers == state.spec.workers, spec.first == state.spec.first {
            return state.workers.filter { !$0.isSurge && !$0.isRetiring }.map(\.id.number)
        }
        return spec.workerIDs.map(\.number)
    }

    // MARK: Refusing

    func check(_ request: OperationRequest) throws(PoolError) {
        if operations.contains(where: { $0.id == request.id }) {
            throw PoolError(.conflict, "operation \(request.id) exists already")
        }
        if case .shutdown = request.command { return }
        if state.isShuttingDown { throw PoolError(.conflict, "pool \(state.spec.name) is being shut down") }
        if state.unfinished.count >= PoolState.operationsMax {
            throw PoolError(
                .conflict,
                "\(PoolState.operationsMax) operations of pool \(state.spec.name) are waiting already",
                remedy: "wait for them, or cancel some"
            )
        }
        try check(request.command)
    }

    private func check(_ command: PoolCommand) throws(PoolError) {
        switch command {
        case .start(let workers), .stop(let workers, _), .restart(let workers, .together), .drain(let workers),
            .resume(let workers), .maintenance(let workers), .signal(let workers, _):
            try checkExist(workers)
        case .restart(let workers, .rolling(let policy)):
            try checkExist(workers)
            if let problem = policy.problem { throw problem }
        case .roll(let policy):
            if let problem = policy.problem { throw problem }
        case .deploy(let spec, let policy), .apply(let spec, let policy):
            try checkProfile(spec, policy)
        case .scale(let count, _):
            guard (1...Limits.workersMax).contains(count) else {
                throw PoolError(.invalidArgument, "\(count) workers is not within 1 and \(Limits.workersMax)")
            }
        case .shutdown:
            break
        }
    }

    func checkExist(_ workers: [WorkerID]) throws(PoolError) {
        if workers.isEmpty { throw PoolError(.invalidArgument, "no worker is selected") }
        for id in workers where state.index(of: id) == nil {
            throw PoolError(.notFound, "worker \(id) does not exist")
        }
    }

    private func checkProfile(_ spec: PoolSpec, _ policy: RollPolicy) throws(PoolError) {
        if let problem = policy.problem { throw problem }
        guard spec.name == state.spec.name else {
            throw PoolError(.invalidArgument, "the profile is of pool \(spec.name), not of \(state.spec.name)")
        }
        guard (1...Limits.workersMax).contains(spec.workers) else {
            throw PoolError(.invalidArgument, "\(spec.workers) workers is not within 1 and \(Limits.workersMax)")
        }
        let other = state.unfinished.first { operation in
            switch operation.request.command {
            case .deploy, .apply: true
            case .start, .stop, .restart, .roll, .scale, .drain, .resume, .maintenance, .signal, .shutdown: false
            }
        }
        if let other {
            throw PoolError(
                .conflict,
                "\(other.id) is changing the profile of \(spec.name)",
                remedy: "wait for it, or cancel it"
            )
        }
    }

    // MARK: Planning

    /// The plan of an operation whose turn has come. It may register a generation, and begin the shutdown.
    mutating func makePlan(_ request: OperationRequest, at moment: Moment) -> OperationPlan {
        switch request.command {
        case .start(let workers): return together(workers, .up)
        case .stop(let workers, let force): return together(workers, .down(force: force))
        case .restart(let workers, .together(let force)):
            return together(workers, .renewed(state.generation, force: force))
        case .restart(let workers, .rolling(let policy)):
            return rolling(Array(Set(workers)).sorted(), into: state.generation, policy)
        case .roll(let policy):
            return rolling(state.workers.filter(\.isRolled).map(\.id), into: state.generation, policy)
        case .deploy(let spec, let policy): return changing(to: spec, policy, isForced: true)
        case .apply(let spec, let policy): return changing(to: spec, policy, isForced: false)
        case .scale(let count, let order): return scaling(to: count, order)
        case .drain(let workers): return together(workers, .admin(.drain))
        case .resume(let workers): return together(workers, .admin(.ready))
        case .maintenance(let workers): return together(workers, .admin(.maintenance))
        case .signal(let workers, let name): return together(workers, .signaled(name: name))
        case .shutdown(let force):
            state.isShuttingDown = true
            return together(state.workers.map(\.id), .down(force: force))
        }
    }

    private func together(_ workers: [WorkerID], _ aim: WorkerTask.Aim) -> OperationPlan {
        OperationPlan(tasks: Set(workers).sorted().map { WorkerTask(worker: $0, aim: aim) })
    }

    private typealias Rank = OperationMachine.Rank

    /// Replaces workers one after the other; with a surge, others are there for the time of it.
    private func rolling(_ workers: [WorkerID], into generation: Generation, _ policy: RollPolicy) -> OperationPlan {
        var tasks = workers.enumerated().map { place, id in
            WorkerTask(
                worker: id,
                aim: .renewed(generation, force: false),
                rank: place < policy.canary ? Rank.canary : Rank.rest,
                generationBefore: processGeneration(id)
            )
        }
        if !tasks.isEmpty { tasks += surge(policy.surge, generation) }
        let total = state.workers.count { $0.isRolled && $0.admin == .ready }
        return OperationPlan(
            tasks: tasks,
            style: .rolling(policy),
            routableMin: max(0, total - policy.unavailableMax)
        )
    }

    private func surge(_ count: Int, _ generation: Generation) -> [WorkerTask] {
        let first = (state.workers.last?.id.number ?? 0) + 1
        let workers = (first..<first + count).map { WorkerID(pool: state.spec.name, number: $0) }
        return workers.map { WorkerTask(worker: $0, aim: .added(generation, isSurge: true), rank: Rank.add) }
            + workers.map { WorkerTask(worker: $0, aim: .removed, rank: Rank.remove) }
    }

    /// Brings the pool to another profile. Forced: all workers are restarted; else those that need it.
    private mutating func changing(to spec: PoolSpec, _ policy: RollPolicy, isForced: Bool) -> OperationPlan {
        let items = plan(for: spec).items
        let generation = state.nextGeneration
        state.nextGeneration += 1
        state.others.append(PoolState.Version(generation: generation, spec: spec))
        let restarting = items.filter { item in
            item.effect == .restart || (isForced && item.effect != .start && item.effect != .stop && isUp(item.worker))
        }
        var plan = rolling(restarting.map(\.worker), into: generation, policy)
        plan.candidate = generation
        for item in items {
            switch item.effect {
            case .start:
                let aim = WorkerTask.Aim.added(generation, isSurge: false)
                plan.tasks.append(WorkerTask(worker: item.worker, aim: aim, rank: Rank.add))
            case .stop:
                plan.tasks.append(
                    WorkerTask(
                        worker: item.worker,
                        aim: .removed,
                        rank: Rank.remove,
                        // Who was stopped by hand is not started by a way back.
                        generationBefore: isUp(item.worker) ? processGeneration(item.worker) : nil
                    )
                )
            case .nothing, .live, .restart:
                break
            }
        }
        return plan
    }

    private func processGeneration(_ id: WorkerID) -> Generation? {
        state.index(of: id).map { state.workers[$0].processGeneration }
    }

    private func isUp(_ id: WorkerID) -> Bool {
        state.index(of: id).map { state.workers[$0].machine.goal == .up } ?? false
    }

    private func scaling(to count: Int, _ order: ShrinkOrder) -> OperationPlan {
        let present = state.workers.filter { !$0.isSurge && !$0.isRetiring }
        if count < present.count {
            let leaving = order.sorted(present).prefix(present.count - count)
            return together(leaving.map(\.id), .removed)
        }
        let taken = Set(state.workers.map(\.id.number))
        let free = (state.spec.first...).lazy.filter { !taken.contains($0) }.prefix(count - present.count)
        let workers = free.map { WorkerID(pool: state.spec.name, number: $0) }
        return together(Array(workers), .added(state.generation, isSurge: false))
    }
}

extension ShrinkOrder {
    /// The workers in the order in which they leave.
    func sorted(_ workers: [WorkerSlot]) -> [WorkerSlot] {
        switch self {
        case .highestNumber: workers.sorted { $0.id > $1.id }
        case .oldest: workers.sorted { $0.age < $1.age }
        case .newest: workers.sorted { $0.age > $1.age }
        case .mostMemory:
            workers.sorted { ($0.recycle.rssBytes, $0.id) > ($1.recycle.rssBytes, $1.id) }
        case .unroutableFirst:
            workers.sorted { left, right in
                if left.isRoutable != right.isRoutable { return right.isRoutable }
                return left.id > right.id
            }
        }
    }
}

extension WorkerSlot {
    /// Whether a roll of the whole pool is about it: who was stopped by hand stays stopped.
    var isRolled: Bool { !isSurge && !isRetiring && machine.goal == .up }

    /// Sorts by the start of the process; those without one come last.
    fileprivate var age: (Timestamp, Int) {
        (startedAt ?? Timestamp(microseconds: .max), id.number)
    }
}
