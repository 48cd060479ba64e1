import PoolModel
import Testing

@testable import PoolCore

/// Scaling by load: the table of docs/state-machines/scale.md, and whole days of load.
@Suite struct ScaleTests {
    private static func rules(_ change: (inout ScaleSpec) -> Void = { _ in }) -> ScaleSpec {
        var rules = ScaleSpec()
        rules.auto = .on
        rules.min = 2
        rules.max = 6
        change(&rules)
        return rules
    }

    /// The counts that were decided on, with their times in seconds, while the sample stays the same.
    private static func decisions(
        _ sample: ScaleSample,
        _ rules: ScaleSpec = rules(),
        seconds: Int = 400
    ) -> [[Int]] {
        var machine = ScaleMachine()
        return (0..<seconds).compactMap { second in
            machine.decide(sample, rules: rules, now: .seconds(second)).map { [second, $0.count] }
        }
    }

    @Test(arguments: [
        (ScaleSample(workers: 4, queued: 0, busy: 0.5), []),
        (ScaleSample(workers: 1, queued: 0, busy: nil), [0, 2]),
        (ScaleSample(workers: 9, queued: 9, busy: 1), [0, 6]),
        (ScaleSample(workers: 4, queued: 1, busy: 0), [10, 5]),
        (ScaleSample(workers: 4, queued: 0, busy: 0.8), [10, 5]),
        (ScaleSample(workers: 6, queued: 9, busy: 1), []),
        (ScaleSample(workers: 4, queued: 9, busy: 1, isSettling: true), []),
        (ScaleSample(workers: 4, queued: 0, busy: 0.3), [300, 3]),
        (ScaleSample(workers: 4, queued: 0, busy: nil), []),
        (ScaleSample(workers: 2, queued: 0, busy: 0), []),
    ])
    func theTable(_ sample: ScaleSample, _ first: [Int]) {
        #expect((Self.decisions(sample).first ?? []) == first, "\(sample)")
    }

    @Test func whatIsOffDecidesNothing() {
        let off = Self.rules { $0.auto = .off }
        #expect(Self.decisions(ScaleSample(workers: 1, queued: 99, busy: 1), off).isEmpty)
        let noQueue = Self.rules { $0.growQueue = 0 }
        #expect(Self.decisions(ScaleSample(workers: 4, queued: 99, busy: 0.5), noQueue).isEmpty)
        let noBusy = Self.rules { $0.growBusy = 0 }
        #expect(Self.decisions(ScaleSample(workers: 4, queued: 0, busy: 1), noBusy).isEmpty)
    }

    @Test func itRestsAfterADecision() {
        let rules = Self.rules { $0.cooldown = .seconds(60) }
        let hot = Self.decisions(ScaleSample(workers: 4, queued: 1, busy: 1), rules, seconds: 200)
        #expect(hot.map { $0[0] } == [10, 70, 130, 190])
    }

    @Test func aSpikeIsNoLoad() {
        var machine = ScaleMachine()
        for second in 0..<600 {
            let sample = ScaleSample(workers: 4, queued: second % 10 == 0 ? 0 : 5, busy: 0.5)
            #expect(machine.decide(sample, rules: Self.rules(), now: .seconds(second)) == nil)
        }
    }

    @Test func aClockThatBeginsAnewIsNotWaitedFor() {
        var machine = ScaleMachine()
        let sample = ScaleSample(workers: 4, queued: 1, busy: 1)
        for second in 100_000..<100_011 { _ = machine.decide(sample, rules: Self.rules(), now: .seconds(second)) }
        let again = (0..<60).first { machine.decide(sample, rules: Self.rules(), now: .seconds($0)) != nil }
        #expect(again.map { $0 <= 41 } == true, "\(again ?? -1)")
    }

    /// A seeded load that rises, falls and stays: the pool follows, within its bounds, and never goes back and forth
    /// while the load stays.
    @Test(arguments: 0..<40 as Range<UInt64>) func itFollowsTheLoadWithoutFlapping(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let rules = Self.rules { $0.step = Int.random(in: 1...3, using: &random) }
        var machine = ScaleMachine()
        var workers = Int.random(in: rules.min...rules.max, using: &random)
        var now = 0
        for _ in 0..<6 {
            let load = Double.random(in: 0...8, using: &random)
            var turns: [Int] = []
            for _ in 0..<3600 {
                now += 1
                let busy = min(1, load / Double(workers))
                let queued = load > Double(workers) ? UInt64(load * 3) : 0
                let sample = ScaleSample(workers: workers, queued: queued, busy: busy)
                guard let decision = machine.decide(sample, rules: rules, now: .seconds(now)) else { continue }
                #expect((rules.min...rules.max).contains(decision.count), "seed \(seed)")
                #expect(decision.count != workers && !decision.why.isEmpty)
                turns.append(decision.count - workers)
                workers = decision.count
            }
            #expect(turns.allSatisfy { $0 > 0 } || turns.allSatisfy { $0 < 0 }, "seed \(seed): \(turns)")
            #expect(load / Double(workers) < 1 || workers == rules.max, "seed \(seed): too few")
        }
    }
}
