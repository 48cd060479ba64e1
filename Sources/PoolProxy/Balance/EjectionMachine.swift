package import PoolModel

/// Passive health of one pool's workers: traffic itself shows that a worker is bad.
///
/// | state | failure | good answer | time |
/// |---|---|---|---|
/// | in | counts; in a row, or too large a share -> out, unless too few would be left | row back to 0 | - |
/// | out | - | - | after its time -> trial |
/// | trial (half-open) | one -> out again, for twice the time | -> in | - |
///
/// For pools of 2 to 16: no statistics over hosts, of which there are too few, but a relative rule: a worker is not
/// ejected while the others fail as much (then it is not the worker).
package struct EjectionMachine: Sendable {
    package enum State: Hashable, Sendable {
        case `in`
        /// Takes nothing until this time, in milliseconds.
        case out(until: UInt64)
        /// Takes single requests again; the first answer decides.
        case trial
    }

    /// What went wrong.
    package enum Failure: Hashable, Sendable {
        /// No or a broken answer, or one too late.
        case noAnswer
        /// An answer of 500, 502, 503 or 504: bad only by its share, and only where the others give fewer.
        case badStatus
    }

    package enum Reason: Hashable, Sendable {
        case inARow(failures: Int)
        case share(percent: Int, others: Int)
    }

    /// What a failure led to.
    package enum Verdict: Hashable, Sendable {
        case counted
        /// Out of the rotation for this long.
        case ejected(milliseconds: UInt64, Reason)
        /// Would be out, but too few would be left, or the others are as bad: visible as panic mode.
        case spared
    }

    /// What the machine is told of the workers at the moment of a failure.
    package protocol Figures {
        /// Whether the routing table has the worker in its rotation.
        func isRoutable(_ index: Int) -> Bool
        /// Exchanges finished at the worker, ever.
        func finished(_ index: Int) -> UInt64
    }

    private struct Worker {
        var state = State.in
        /// In a row.
        var failures = 0
        /// Not forgotten yet: the next ejection is so many times doubled.
        var ejections = 0
        var returnedAt: UInt64 = 0
        var wasEjectedByShare = false
        var window = FailureWindow()
    }

    /// How many requests a share is of at least, and how many failures.
    package static let requestsMin: UInt64 = 20
    package static let failuresMin: UInt64 = 5
    /// How many times the others' share of failures makes it the worker's own fault.
    package static let othersFactor: UInt64 = 3

    private let policy: EjectionPolicy
    private let windowMilliseconds: UInt64
    private var workers: [Worker]

    package init(policy: EjectionPolicy, count: Int) {
        self.policy = policy
        windowMilliseconds = UInt64(max(2, policy.window.millisecondsRoundedUp))
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
    package mutating func succeeded(_ index: Int, now: UInt64) {
        workers[index].failures = 0
        guard workers[index].state == .trial else { return }
        workers[index].state = .in
        workers[index].returnedAt = now
        workers[index].window = FailureWindow()
    }

    /// A request failed at the worker.
    package mutating func failed(
        _ index: Int,
        _ failure: Failure = .noAnswer,
        _ figures: some Figures,
        now: UInt64
    ) -> Verdict {
        guard policy.isOn else { return .counted }
        for other in workers.indices {
            // Ejections that have lasted become trials before anything is judged.
            _ = isOpen(other, now: now)
            workers[other].window.advance(figures.finished(other), now: now, half: windowMilliseconds / 2)
        }
        workers[index].window.failures += 1
        if failure == .noAnswer { workers[index].failures += 1 }
        switch workers[index].state {
        case .out: return .counted
        case .trial:
            // An error page is an answer: it ends the trial of a worker that gave none before.
            if failure == .badStatus && !workers[index].wasEjectedByShare {
                succeeded(index, now: now)
                return .counted
            }
        case .in: break
        }
        guard let reason = reason(index, figures) else { return .counted }
        guard othersAreLeft(index, figures) else { return .spared }
        return .ejected(milliseconds: eject(index, reason, now: now), reason)
    }

    /// Why the worker is to go; nil where it is not.
    private func reason(_ index: Int, _ figures: some Figures) -> Reason? {
        let worker = workers[index]
        let most = policy.consecutiveFailures
        if worker.state == .trial || most > 0 && worker.failures >= most { return .inARow(failures: worker.failures) }
        guard policy.errorRate > 0 else { return nil }
        let requests = worker.window.requests(figures.finished(index))
        let failures = worker.window.failures
        guard requests >= EjectionMachine.requestsMin, failures >= EjectionMachine.failuresMin,
            Double(failures) >= Double(requests) * policy.errorRate
        else { return nil }
        var othersRequests: UInt64 = 0
        var othersFailures: UInt64 = 0
        for other in workers.indices where other != index && figures.isRoutable(other) && !isOut(other) {
            othersRequests += workers[other].window.requests(figures.finished(other))
            othersFailures += workers[other].window.failures
        }
        // Without anything to compare with nobody is to blame.
        guard othersRequests >= EjectionMachine.requestsMin / 2,
            failures * othersRequests >= EjectionMachine.othersFactor * othersFailures * requests
        else { return nil }
        return .share(percent: Int(failures * 100 / requests), others: Int(othersFailures * 100 / othersRequests))
    }

    /// Whether enough others are in the rotation, and one of them works.
    private func othersAreLeft(_ index: Int, _ figures: some Figures) -> Bool {
        var others = 0
        var healthy = 0
        let doubtful = max(1, policy.consecutiveFailures / 2)
        for other in workers.indices where other != index && figures.isRoutable(other) && !isOut(other) {
            others += 1
            if workers[other].failures < doubtful && workers[other].state == .in { healthy += 1 }
        }
        return others >= max(1, policy.readyMin) && healthy > 0
    }

    /// - Returns: for how long, in milliseconds.
    private mutating func eject(_ index: Int, _ reason: Reason, now: UInt64) -> UInt64 {
        let first = UInt64(max(0, policy.duration.millisecondsRoundedUp))
        let most = max(first, UInt64(max(0, policy.durationMax.millisecondsRoundedUp)))
        var worker = workers[index]
        // A worker that has been good for as long as it could be out begins anew.
        if worker.state == .in && now - min(now, worker.returnedAt) > most { worker.ejections = 0 }
        let time = min(first << UInt64(min(worker.ejections, 20)), most)
        worker.ejections += 1
        worker.failures = 0
        switch reason {
        case .share: worker.wasEjectedByShare = true
        // A trial's end says nothing about why it was out.
        case .inARow: if worker.state == .in { worker.wasEjectedByShare = false }
        }
        worker.window = FailureWindow()
        worker.state = .out(until: now + time)
        workers[index] = worker
        return time
    }

    private func isOut(_ index: Int) -> Bool {
        if case .out = workers[index].state { true } else { false }
    }
}

/// Failures and requests of the last while, in two halves: what is older than the window is forgotten by halves.
///
/// It is looked at only when some worker fails; after a quiet time it begins with the failure that ended it.
struct FailureWindow {
    /// Failures in the window.
    var failures: UInt64 {
        get { earlier + present }
        set { present = newValue - earlier }
    }

    private var slice: UInt64 = .max
    private var earlier: UInt64 = 0
    private var present: UInt64 = 0
    private var earlierStart: UInt64 = 0
    private var presentStart: UInt64 = 0

    /// Requests in the window, at least as many as failures.
    func requests(_ finished: UInt64) -> UInt64 { max(failures, finished &- min(finished, earlierStart)) }

    mutating func advance(_ finished: UInt64, now: UInt64, half: UInt64) {
        let current = now / max(1, half)
        if current == slice { return }
        if slice != .max && current == slice + 1 {
            (earlier, earlierStart) = (present, presentStart)
        } else {
            (earlier, earlierStart) = (0, finished)
        }
        (present, presentStart) = (0, finished)
        slice = current
    }
}
