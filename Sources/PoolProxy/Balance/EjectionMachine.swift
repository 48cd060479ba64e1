package import PoolModel

/// Passive health of one pool's workers: traffic itself shows that a worker is bad.
///
/// | state | failure in a row | success | time |
/// |---|---|---|---|
/// | in | counts; at the limit -> out, unless too few would be left | count back to 0 | - |
/// | out | - | - | after its time -> trial |
/// | trial (half-open) | one -> out again, for twice the time | -> in, time back to the first | - |
///
/// For pools of 2 to 16: no statistics over hosts, of which there are too few, but a relative rule as well: a worker
/// is not ejected while the others fail as much (then it is not the worker).
package struct EjectionMachine: Sendable {
    package enum State: Hashable, Sendable {
        case `in`
        /// Takes nothing until this time, in milliseconds.
        case out(until: UInt64)
        /// Takes requests again; the first answer decides.
        case trial
    }

    /// What a failure led to.
    package enum Verdict: Hashable, Sendable {
        case counted
        /// Out of the rotation for this long, after this many failures in a row.
        case ejected(milliseconds: UInt64, failures: Int)
        /// Would be out, but too few would be left, or the others are as bad: visible as panic mode.
        case spared
    }

    private struct Worker {
        var state = State.in
        var failures = 0
        var ejections = 0
    }

    private let policy: EjectionPolicy
    private var workers: [Worker]

    package init(policy: EjectionPolicy, count: Int) {
        self.policy = policy
        workers = Array(repeating: Worker(), count: count)
    }

    package func state(_ index: Int) -> State { workers[index].state }

    /// Whether the worker may take requests; `now` in milliseconds. An ejection that has lasted becomes a trial.
    package mutating func isOpen(_ index: Int, now: UInt64) -> Bool {
        guard case .out(let until) = workers[index].state else { return true }
        guard now >= until else { return false }
        workers[index].state = .trial
        return true
    }

    /// The worker answered.
    package mutating func succeeded(_ index: Int) {
        workers[index].failures = 0
        if workers[index].state == .trial {
            workers[index].state = .in
            workers[index].ejections = 0
        }
    }

    /// A request failed at the worker: no or a broken answer, or one too late.
    package mutating func failed(_ index: Int, routable: [Bool], now: UInt64) -> Verdict {
        guard policy.consecutiveFailures > 0 else { return .counted }
        workers[index].failures += 1
        let isTrial = workers[index].state == .trial
        guard isTrial || workers[index].failures >= policy.consecutiveFailures else { return .counted }
        if case .out = workers[index].state { return .counted }
        let others = workers.indices.filter { $0 != index && routable[$0] && !isOut($0) }
        let healthy = others.filter { workers[$0].failures < max(1, policy.consecutiveFailures / 2) }
        guard others.count >= max(1, policy.readyMin), !healthy.isEmpty else { return .spared }
        workers[index].ejections += 1
        let doublings = min(workers[index].ejections - 1, 20)
        let first = max(0, policy.duration.nanoseconds / 1_000_000)
        let most = max(first, policy.durationMax.nanoseconds / 1_000_000)
        let time = UInt64(min(first << Int64(doublings), most))
        let failures = workers[index].failures
        workers[index].state = .out(until: now + time)
        workers[index].failures = 0
        return .ejected(milliseconds: time, failures: failures)
    }

    private func isOut(_ index: Int) -> Bool {
        if case .out = workers[index].state { true } else { false }
    }
}
