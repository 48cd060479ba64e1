internal import PoolModel

/// The order of the tasks: by rank, in batches, with enough workers left, canaries first; and the way back.
extension OperationMachine {
    /// Ranks of a roll. Adding comes before replacing, so that there are more workers for the time of the roll.
    enum Rank {
        static let add = 0
        static let canary = 1
        static let rest = 2
        static let remove = 3
        /// What has left comes back first, so that there are enough workers to take the others out.
        static let backAdd = 4
        static let back = 5
        static let backRemove = 6
    }

    /// Begins what may begin now; gives the verdict when everything is done.
    mutating func goOn(_ view: some PoolView, limits: StepLimits, at moment: Moment) -> [OperationOrder] {
        if waitingCount + activeCount == 0 { return conclude(at: moment) }
        if isPaused { return [] }
        if let until = bakeBegins(view, now: moment.now) {
            enter(.baking(until: until))
            return []
        }
        let orders = beginNext(view, now: moment.now)
        guard isBlocked, orders.isEmpty else {
            blockedSince = nil
            return orders
        }
        let since = blockedSince ?? moment.now
        blockedSince = since
        if moment.now - since >= limits.ready {
            failure = "only \(view.routableCount) workers are routable; \(plan.routableMin) must stay so"
            return turnBack(view, at: moment)
        }
        return []
    }

    /// How many workers must stay routable. On the way back no more than the pool can have: who has left and does not
    /// come back up cannot be waited for.
    private func routableMin(_ view: some PoolView) -> Int {
        guard stage == .back, let policy else { return plan.routableMin }
        return min(plan.routableMin, max(0, view.hopefulCount - policy.unavailableMax))
    }

    private mutating func beginNext(_ view: some PoolView, now: Duration) -> [OperationOrder] {
        guard waitingCount > 0, let rank = tasks.lazy.filter({ !$0.isFinished }).map(\.rank).min() else { return [] }
        var orders: [OperationOrder] = []
        var active = tasks.count { $0.activeSince != nil && $0.isDisruptive }
        var routable = view.routableCount
        let routableMin = routableMin(view)
        // Those that serve nobody go first: it costs nothing, and may be what the others wait for.
        for isValuable in [false, true] {
            for index in tasks.indices where tasks[index].rank == rank && tasks[index].progress == .waiting {
                let task = tasks[index]
                guard let policy, task.isDisruptive else {
                    if let order = activate(index, view, now: now) { orders.append(order) }
                    continue
                }
                let worker = view.worker(task.worker)
                guard (worker?.isValuable ?? false) == isValuable, active < policy.batch else { continue }
                let left = worker?.isRoutable == true ? routable - 1 : routable
                if isValuable, left < routableMin { continue }
                routable = left
                active += 1
                if let order = activate(index, view, now: now) { orders.append(order) }
            }
        }
        return orders
    }

    /// Nothing is under way, something is left, and only the number of routable workers keeps it back.
    private var isBlocked: Bool {
        activeCount == 0 && waitingCount > 0
    }

    mutating func succeed(at moment: Moment) -> [OperationOrder] {
        let failed = tasks.filter { $0.failure != nil }
        if let first = failed.first {
            let more = failed.count > 1 ? ", and \(failed.count - 1) more" : ""
            finish(.failed, "\(first.worker): \(first.failure ?? "")\(more)", at: moment)
        } else {
            let ended = tasks.count { if case .removed = $0.aim { $0.rank == Rank.remove } else { false } }
            finish(.succeeded, summary(removed: ended), at: moment)
        }
        return plan.candidate.map { [.commit($0)] } ?? []
    }

    private func summary(removed: Int) -> String {
        let workers = Set(tasks.map(\.worker)).count
        let noun = workers == 1 ? "worker" : "workers"
        return plan.candidate.map { "generation \($0) runs; \(workers) \(noun)" } ?? "\(workers) \(noun) done"
    }
}

// MARK: - Canaries

extension OperationMachine {
    /// The end of the bake, at the moment at which the last canary has come up and others are left.
    private mutating func bakeBegins(_ view: some PoolView, now: Duration) -> Duration? {
        guard let policy, policy.bake > .zero, bakeStart.isEmpty else { return nil }
        let canaries = tasks.filter { $0.rank == Rank.canary }
        guard !canaries.isEmpty, tasks.allSatisfy({ $0.rank > Rank.canary || $0.isFinished }),
            tasks.contains(where: { $0.rank == Rank.rest })
        else { return nil }
        bakeStart = canaries.map { task in
            let none = WorkerSample(requests: 0, failures: 0, rssBytes: 0)
            return BakeMark(worker: task.worker, served: view.worker(task.worker)?.served ?? none)
        }
        return now + policy.bake
    }

    /// What is wrong with a canary while it is watched.
    func bakeFailure(_ view: some PoolView) -> String? {
        for mark in bakeStart where view.worker(mark.worker)?.isServing != true {
            return "canary \(mark.worker): \(view.reason(mark.worker))"
        }
        // An ejected canary gets no more requests that could fail: its share alone would let it pass.
        for mark in bakeStart where view.worker(mark.worker)?.isEjected == true {
            return "canary \(mark.worker): \(view.reason(mark.worker))"
        }
        let (requests, failures) = served(since: bakeStart, view)
        return isTooMuch(failures, of: requests) ? "canaries failed \(failures) of \(requests) requests" : nil
    }

    private func isTooMuch(_ failures: UInt64, of requests: UInt64) -> Bool {
        guard let policy, let limit = policy.failureShareMax, requests >= max(1, policy.bakeRequestsMin) else {
            return false
        }
        return Double(failures) / Double(requests) > limit
    }

    /// From now on the worker's requests count for the gate.
    mutating func watch(_ task: WorkerTask, _ worker: WorkerView?) {
        guard stage != .back, policy?.failureShareMax != nil, case .renewed = task.aim else { return }
        let none = WorkerSample(requests: 0, failures: 0, rssBytes: 0)
        watched = (watched ?? []) + [BakeMark(worker: task.worker, served: worker?.served ?? none)]
    }

    /// What live traffic says of the workers that were replaced, all together: too large a share has failed.
    func gateFailure(_ view: some PoolView) -> String? {
        guard let watched else { return nil }
        let (requests, failures) = served(since: watched, view)
        return isTooMuch(failures, of: requests) ? "new workers failed \(failures) of \(requests) requests" : nil
    }

    private func served(since marks: [BakeMark], _ view: some PoolView) -> (requests: UInt64, failures: UInt64) {
        var sum: (requests: UInt64, failures: UInt64) = (0, 0)
        for mark in marks {
            guard let now = view.worker(mark.worker)?.served, now.requests >= mark.served.requests else { continue }
            sum.requests += now.requests - mark.served.requests
            sum.failures += now.failures - min(now.failures, mark.served.failures)
        }
        return sum
    }
}

// MARK: - The way back

extension OperationMachine {
    /// After a failure or a cancel: nothing new begins. Once what is under way has ended, the way back begins.
    mutating func turnBack(_ view: some PoolView, at moment: Moment) -> [OperationOrder] {
        // A pause holds the way forward alone.
        if isPaused { unpause() }
        guard let policy else { return stopTogether(at: moment) }
        for index in tasks.indices where tasks[index].progress == .waiting {
            set(index, .dropped("not begun"))
        }
        if activeCount > 0 { return [] }
        append(wayBack(view, restoring: policy.rollsBack))
        enter(.back)
        blockedSince = nil
        return []
    }

    private mutating func stopTogether(at moment: Moment) -> [OperationOrder] {
        let why = "cancelled by \(cancelledBy ?? "")"
        abandon(why, at: moment)
        return []
    }

    /// The tasks that undo the others: removed workers come again, replaced ones go back to their generation, added ones
    /// leave.
    private func wayBack(_ view: some PoolView, restoring: Bool) -> [WorkerTask] {
        var back: [WorkerTask] = []
        for task in tasks {
            if case .dropped = task.progress { continue }
            switch task.aim {
            case .renewed(let generation, _):
                guard restoring, let before = task.generationBefore, before != generation, task.isRefused != true
                else { continue }
                back.append(
                    WorkerTask(worker: task.worker, aim: .renewed(before, force: false), rank: Rank.back)
                )
            case .added(_, let isSurge):
                guard restoring || isSurge else { continue }
                back.append(WorkerTask(worker: task.worker, aim: .removed, rank: Rank.backRemove))
            case .removed:
                guard restoring, let before = task.generationBefore, view.worker(task.worker)?.isUp != true
                else { continue }
                back.append(
                    WorkerTask(worker: task.worker, aim: .added(before, isSurge: false), rank: Rank.backAdd)
                )
            case .up, .down, .admin, .signaled:
                continue
            }
        }
        // The last one replaced goes back first.
        return back.reversed()
    }

    mutating func goBack(_ view: some PoolView, limits: StepLimits, at moment: Moment) -> [OperationOrder] {
        guard waitingCount + activeCount == 0 else {
            let orders = beginNext(view, now: moment.now)
            guard orders.isEmpty, isBlocked else {
                blockedSince = nil
                return orders
            }
            let since = blockedSince ?? moment.now
            blockedSince = since
            guard moment.now - since >= limits.ready else { return [] }
            for index in tasks.indices where tasks[index].progress == .waiting && tasks[index].isDisruptive {
                set(index, .failed("too few workers are routable to take this one out"))
            }
            blockedSince = nil
            return []
        }
        return judgeWayBack(at: moment)
    }

    private mutating func judgeWayBack(at moment: Moment) -> [OperationOrder] {
        let why = failure ?? "cancelled by \(cancelledBy ?? "")"
        let back = tasks.filter { $0.rank >= Rank.backAdd }
        let restored = back.count { $0.aim != .removed }
        if let stuck = back.first(where: { $0.failure != nil }) {
            finish(.failed, "\(why); rolling back failed too: \(stuck.worker): \(stuck.failure ?? "")", at: moment)
        } else if restored > 0 {
            finish(.rolledBack, "rolled back \(restored) of \(tasks.count - back.count) workers: \(why)", at: moment)
        } else if plan.candidate != nil, policy?.rollsBack == true {
            finish(.rolledBack, "rolled back: \(why)", at: moment)
        } else if failure == nil {
            finish(.cancelled, why, at: moment)
        } else {
            finish(.failed, why, at: moment)
        }
        guard policy?.rollsBack == false, let candidate = plan.candidate else { return [] }
        return [.commit(candidate)]
    }
}
