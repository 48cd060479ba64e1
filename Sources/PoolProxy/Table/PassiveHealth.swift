internal import PoolModel
internal import Synchronization

/// The passive health of a pool's workers, shared by the loops: entered only by failures, and by the successes of
/// workers that are in doubt, so that a healthy pool never takes the lock.
final class PassiveHealth: Sendable {
    let policy: EjectionPolicy
    private let targets: [WorkerTarget]
    private let machine: Mutex<EjectionMachine>

    init(policy: EjectionPolicy, targets: [WorkerTarget]) {
        self.policy = policy
        self.targets = targets
        machine = Mutex(EjectionMachine(policy: policy, count: targets.count))
        for target in targets {
            target.ejectedUntil.store(0, ordering: .relaxed)
            target.isDoubted.store(false, ordering: .relaxed)
        }
    }

    /// Whether it is about these lives, in this order.
    func covers(_ others: [WorkerTarget]) -> Bool {
        targets.count == others.count && zip(targets, others).allSatisfy { $0 === $1 }
    }

    /// A worker failed a request; `routable` says of each whether it takes requests.
    func failed(_ target: WorkerTarget, routable: [Bool], now: UInt64) -> EjectionMachine.Verdict {
        guard let index = targets.firstIndex(where: { $0 === target }), routable.count == targets.count else {
            return .counted
        }
        let verdict = machine.withLock { machine in
            // Ejections that have lasted become trials before anything is judged.
            for other in targets.indices { _ = machine.isOpen(other, now: now) }
            return machine.failed(index, routable: routable, now: now)
        }
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
            machine.succeeded(index)
            return true
        }
        guard isIn else { return }
        target.isDoubted.store(false, ordering: .relaxed)
        target.ejectedUntil.store(0, ordering: .relaxed)
    }
}
