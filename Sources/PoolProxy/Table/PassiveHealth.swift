internal import PoolModel
internal import Synchronization

/// The passive health of a pool's workers, shared by the loops: entered only by failures, and by the answers of
/// workers that are in doubt, so that a healthy pool never takes the lock.
final class PassiveHealth: Sendable {
    let policy: EjectionPolicy
    private let targets: [WorkerTarget]
    private let machine: Mutex<EjectionMachine>
    /// When panic mode was last told, in milliseconds: each further time within a while is the same panic.
    private let panicTold = Atomic<UInt64>(0)

    init(policy: EjectionPolicy, targets: [WorkerTarget]) {
        self.policy = policy
        self.targets = targets
        machine = Mutex(EjectionMachine(policy: policy, count: targets.count))
        for target in targets {
            target.ejectedUntil.store(0, ordering: .relaxed)
            target.isDoubted.store(false, ordering: .relaxed)
        }
    }

    private struct Figures: EjectionMachine.Figures {
        let targets: [WorkerTarget]
        let members: [Member]

        func isRoutable(_ index: Int) -> Bool { members[index].isRoutable }
        func finished(_ index: Int) -> UInt64 { targets[index].finished.load(ordering: .relaxed) }
    }

    /// Whether it is about these lives, in this order.
    func covers(_ others: [WorkerTarget]) -> Bool {
        targets.count == others.count && zip(targets, others).allSatisfy { $0 === $1 }
    }

    /// A worker failed a request; `members` are those of the table that the request was routed by.
    func failed(
        _ target: WorkerTarget,
        _ failure: EjectionMachine.Failure,
        members: [Member],
        now: UInt64
    ) -> EjectionMachine.Verdict {
        guard let index = targets.firstIndex(where: { $0 === target }), members.count == targets.count else {
            return .counted
        }
        let figures = Figures(targets: targets, members: members)
        let verdict = machine.withLock { $0.failed(index, failure, figures, now: now) }
        target.isDoubted.store(true, ordering: .relaxed)
        if case .ejected(let time, _) = verdict { target.ejectedUntil.store(now + time, ordering: .relaxed) }
        return verdict
    }

    /// A doubted worker answered.
    func succeeded(_ target: WorkerTarget, now: UInt64) {
        guard let index = targets.firstIndex(where: { $0 === target }) else { return }
        let isIn = machine.withLock { machine in
            // An answer to a request from before the ejection says nothing about the worker now.
            guard machine.isOpen(index, now: now) else { return false }
            machine.succeeded(index, now: now)
            return true
        }
        guard isIn else { return }
        target.isDoubted.store(false, ordering: .relaxed)
        target.ejectedUntil.store(0, ordering: .relaxed)
    }

    /// Whether this spared worker begins a panic that nobody has been told of.
    func beginsPanic(now: UInt64) -> Bool {
        let last = panicTold.load(ordering: .relaxed)
        guard last == 0 || now >= last + ProxyBounds.panicMilliseconds else { return false }
        return panicTold.compareExchange(expected: last, desired: max(1, now), ordering: .relaxed).exchanged
    }
}
