package import PoolModel

/// What a pool carries at an instant.
package struct ScaleSample: Hashable, Sendable {
    /// Workers that belong to the pool, whatever their state.
    package var workers: Int
    /// Requests that wait for a worker.
    package var queued: UInt64
    /// The serving workers' mean busy time, 0 for idle; nil where it is not known.
    package var busy: Double?
    /// Workers are on their way up, or none serves: what more of them would do is not known.
    package var isSettling: Bool

    package init(workers: Int, queued: UInt64, busy: Double?, isSettling: Bool = false) {
        self.workers = workers
        self.queued = queued
        self.busy = busy
        self.isSettling = isSettling
    }
}

/// Another number of workers, and why.
package struct ScaleDecision: Hashable, Sendable {
    package var count: Int
    package var why: String
}

/// Scaling by load: `(state, sample, rules, now) -> decision`. The table of its decisions is in
/// docs/state-machines/scale.md.
///
/// It never flaps by itself: a pool shrinks only where the workers that stay would not be busy enough to grow again,
/// what is decided on must have held for a while, and after each decision it rests.
package struct ScaleMachine: Hashable, Sendable, Codable {
    /// Since when there has been too much to do, or too little.
    private var hotSince: Duration?
    private var coldSince: Duration?
    /// Until when nothing is decided.
    private var restsUntil: Duration?

    package init() {}

    package mutating func decide(_ sample: ScaleSample, rules: ScaleSpec, now: Duration) -> ScaleDecision? {
        guard rules.auto != .off else {
            self = ScaleMachine()
            return nil
        }
        let heat = rules.heat(of: sample)
        let isCold = heat == nil && rules.isCold(sample)
        // Not later than now: the clock begins anew when the machine is started.
        hotSince = heat == nil ? nil : min(hotSince ?? now, now)
        coldSince = isCold ? min(coldSince ?? now, now) : nil
        restsUntil = restsUntil.map { min($0, now + rules.cooldown) }
        if let restsUntil, now < restsUntil { return nil }
        restsUntil = nil
        guard let decision = choose(sample, heat, rules: rules, now: now) else { return nil }
        restsUntil = now + rules.cooldown
        hotSince = nil
        coldSince = nil
        return decision
    }

    private func choose(_ sample: ScaleSample, _ heat: String?, rules: ScaleSpec, now: Duration) -> ScaleDecision? {
        if sample.workers < rules.min { return ScaleDecision(count: rules.min, why: "min is \(rules.min)") }
        if sample.workers > rules.max { return ScaleDecision(count: rules.max, why: "max is \(rules.max)") }
        if let heat, let hotSince, now - hotSince >= rules.growAfter, sample.workers < rules.max, !sample.isSettling {
            let count = min(rules.max, sample.workers + rules.step)
            return ScaleDecision(count: count, why: "\(heat) for \(rules.growAfter.text)")
        }
        if let coldSince, now - coldSince >= rules.shrinkAfter, !sample.isSettling {
            let count = max(rules.min, sample.workers - rules.step)
            let busy = Int(((sample.busy ?? 0) * 100).rounded())
            let why = "the workers are busy \(busy)% of the time, and nothing waits, for \(rules.shrinkAfter.text)"
            return ScaleDecision(count: count, why: why)
        }
        return nil
    }
}

extension ScaleSpec {
    /// Why there is too much to do; nil where there is not.
    fileprivate func heat(of sample: ScaleSample) -> String? {
        if growQueue > 0, sample.queued >= UInt64(growQueue) {
            return sample.queued == 1 ? "a request waits" : "\(sample.queued) requests wait"
        }
        if growBusy > 0, let busy = sample.busy, busy >= growBusy {
            return "the workers are busy \(Int((busy * 100).rounded()))% of the time"
        }
        return nil
    }

    /// Whether fewer workers would do, and go on doing.
    fileprivate func isCold(_ sample: ScaleSample) -> Bool {
        guard sample.workers > min, sample.queued == 0, let busy = sample.busy, busy <= shrinkBusy else { return false }
        let left = Swift.max(min, sample.workers - step)
        return growBusy == 0 || busy * Double(sample.workers) / Double(left) < growBusy
    }
}
