package import PoolModel

/// What the probes say of one worker's present process, and when to ask again.
///
/// | now | good probe | bad probe |
/// |---|---|---|
/// | unknown | healthy | unhealthy after `fall` in a row |
/// | healthy | healthy | unhealthy after `fall` in a row |
/// | unhealthy | healthy after `rise` in a row | unhealthy |
///
/// A probe that could not reach the proxy says nothing about the worker and changes nothing.
package struct HealthMachine: Hashable, Sendable, Codable {
    /// While the answer may change things, probes come this often at most.
    package static let quickMin = Duration.milliseconds(50)
    package static let quickMax = Duration.milliseconds(500)
    /// Each interval is shifted by up to this share, so that the probes of many workers spread.
    package static let jitter = 0.1
    /// Regular probes are due at multiples of this, so that those of many workers share a wake-up.
    package static let grid = Duration.milliseconds(20)

    package private(set) var health = Health.unknown
    package private(set) var last: ProbeResult?
    /// Changes of opinion in this life.
    package private(set) var flips = 0
    /// Since when the worker has been unhealthy.
    package private(set) var unhealthySince: Duration?
    /// When the next probe is due; with one under way, when that counts as lost. nil: no probing.
    package private(set) var due: Duration?
    /// Why the opinion is open, where it was not always so: `connection refused`.
    package private(set) var doubt: String?
    /// Answers of the same kind in a row.
    private var streak = 0
    /// Since when the opinion has been open.
    private var unknownSince = Duration.zero

    package init() {}

    /// A process has started, or its worker is looked at afresh: nothing is known.
    package mutating func begin(now: Duration, firstProbeIn delay: Duration = .zero) {
        self = HealthMachine()
        unknownSince = now
        due = now + delay
    }

    /// There is nothing to probe any more. What was last seen is kept for people.
    package mutating func end() {
        health = .unknown
        unhealthySince = nil
        due = nil
        doubt = nil
        streak = 0
    }

    /// A probe goes out now; if nothing is heard of it, it counts as lost and another one is due.
    package mutating func sent(timeout: Duration, now: Duration) { due = now + timeout + .seconds(2) }

    /// The worker is healthy without having been asked: there is no probe to ask with.
    package mutating func assume() {
        health = .healthy
        due = nil
        doubt = nil
    }

    /// Traffic says that something is wrong: the opinion is open again, and a probe due at once.
    package mutating func question(_ detail: String, now: Duration) {
        // Where there is no process to ask, there is no opinion to question.
        guard due != nil || health != .unknown else { return }
        if health == .healthy {
            health = .unknown
            unknownSince = now
            streak = 0
        }
        doubt = detail
        due = now
    }

    /// A bad answer of a worker that is not ready yet: shown to people, but no ground for an opinion.
    package mutating func note(
        _ result: ProbeResult,
        rules: HealthSpec,
        now: Duration,
        random: inout SeededRandom
    ) {
        last = result
        postpone(rules: rules, now: now, random: &random)
    }

    /// Nothing has changed: the next look is due as if a probe had said nothing.
    package mutating func postpone(rules: HealthSpec, now: Duration, random: inout SeededRandom) {
        due = now + interval(rules: rules, now: now, random: &random)
    }

    /// Takes in a probe's result and sets when the next is due.
    ///
    /// - Returns: the new opinion where it has changed.
    package mutating func record(
        _ result: ProbeResult,
        rules: HealthSpec,
        now: Duration,
        random: inout SeededRandom
    ) -> Health? {
        guard due != nil else { return nil }
        last = result
        let before = health
        if result.phase != .proxy { judge(result, rules: rules, now: now) }
        due = now + interval(rules: rules, now: now, random: &random)
        guard health != before else { return nil }
        flips += 1
        return health
    }

    private mutating func judge(_ result: ProbeResult, rules: HealthSpec, now: Duration) {
        let isGood = result.isGood
        streak = (streak > 0) == isGood && streak != 0 ? streak + (isGood ? 1 : -1) : (isGood ? 1 : -1)
        switch health {
        case .unknown where isGood:
            becomeHealthy()
        case .unhealthy where isGood:
            if streak >= rules.rise { becomeHealthy() }
        case .unknown, .healthy:
            if -streak >= rules.fall {
                health = .unhealthy
                unhealthySince = now
            }
        case .unhealthy:
            break
        }
    }

    private mutating func becomeHealthy() {
        health = .healthy
        unhealthySince = nil
        doubt = nil
    }

    /// Until something is known: a quarter of the time waited so far, so that readiness is seen soon and a slow start
    /// costs little. Where the last answer contradicts the opinion: quickly. Else the interval, with jitter.
    private func interval(rules: HealthSpec, now: Duration, random: inout SeededRandom) -> Duration {
        let quickMax = min(HealthMachine.quickMax, rules.interval)
        switch health {
        case .unknown:
            return max(HealthMachine.quickMin, min((now - unknownSince) / 4, quickMax))
        case .healthy where streak < 0, .unhealthy where streak > 0:
            return quickMax
        case .healthy, .unhealthy:
            let share = 1 + HealthMachine.jitter * (2 * random.unit() - 1)
            let due = now + rules.interval.scaled(by: share)
            return due.roundedUp(to: HealthMachine.grid) - now
        }
    }

    /// A new manager took over: the opinion stands, the next probe is due within the interval, spread at random.
    package mutating func restore(rules: HealthSpec, now: Duration, random: inout SeededRandom) {
        if due != nil { due = now + (health == .unknown ? .zero : rules.interval.scaled(by: random.unit())) }
        if let since = unhealthySince { unhealthySince = min(since, now) }
        unknownSince = min(unknownSince, now)
    }
}
