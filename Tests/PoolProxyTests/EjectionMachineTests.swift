import PoolModel
import Testing

@testable import PoolProxy

/// Three workers and what a machine is told of them; a class, so that an expectation may change it.
private final class Trial: EjectionMachine.Figures {
    private var machine: EjectionMachine
    var routable = [true, true, true]
    var requests: [UInt64] = [0, 0, 0]

    init(_ change: (inout EjectionPolicy) -> Void = { _ in }) {
        var policy = EjectionPolicy()
        policy.consecutiveFailures = 3
        change(&policy)
        machine = EjectionMachine(policy: policy, count: 3)
    }

    func isRoutable(_ index: Int) -> Bool { routable[index] }
    func finished(_ index: Int) -> UInt64 { requests[index] }

    func state(_ index: Int) -> EjectionMachine.State { machine.state(index) }
    func isOpen(_ index: Int, now: UInt64) -> Bool { machine.isOpen(index, now: now) }
    func succeeded(_ index: Int, now: UInt64 = 0) { machine.succeeded(index, now: now) }

    func failed(
        _ index: Int,
        _ failure: EjectionMachine.Failure = .noAnswer,
        now: UInt64
    ) -> EjectionMachine.Verdict {
        machine.failed(index, failure, self, now: now)
    }
}

@Suite struct EjectionMachineTests {
    @Test func failuresInARowEject() {
        let trial = Trial()
        #expect(trial.failed(0, now: 0) == .counted)
        #expect(trial.failed(0, now: 0) == .counted)
        trial.succeeded(0)
        #expect(trial.failed(0, now: 0) == .counted)
        #expect(trial.failed(0, now: 0) == .counted)
        #expect(trial.failed(0, now: 5) == .ejected(milliseconds: 10_000, .inARow(failures: 3)))
        #expect(!trial.isOpen(0, now: 10_004))
        #expect(trial.isOpen(0, now: 10_005))
        #expect(trial.state(0) == .trial)
    }

    @Test func aTrialThatFailsTakesTwiceAsLong() {
        let trial = Trial { $0.durationMax = .seconds(30) }
        var now: UInt64 = 0
        for _ in 0..<3 { _ = trial.failed(0, now: now) }
        for time in [UInt64(20_000), 30_000, 30_000] {
            now += 60_000
            #expect(trial.isOpen(0, now: now))
            #expect(trial.failed(0, now: now) == .ejected(milliseconds: time, .inARow(failures: 1)))
        }
        now += 60_000
        #expect(trial.isOpen(0, now: now))
        trial.succeeded(0, now: now)
        #expect(trial.state(0) == .in)
    }

    @Test func theTimeGrowsUntilTheWorkerHasBeenGoodForLong() {
        let trial = Trial { $0.durationMax = .seconds(60) }
        func eject(_ now: UInt64) -> EjectionMachine.Verdict {
            for _ in 0..<2 { _ = trial.failed(0, now: now) }
            return trial.failed(0, now: now)
        }
        #expect(eject(100_000) == .ejected(milliseconds: 10_000, .inARow(failures: 3)))
        _ = trial.isOpen(0, now: 110_000)
        trial.succeeded(0, now: 110_000)
        // It flaps: one good answer is no cure.
        #expect(eject(111_000) == .ejected(milliseconds: 20_000, .inARow(failures: 3)))
        _ = trial.isOpen(0, now: 131_000)
        trial.succeeded(0, now: 131_000)
        #expect(eject(191_001) == .ejected(milliseconds: 10_000, .inARow(failures: 3)))
    }

    @Test func theLastOnesAreSpared() {
        let trial = Trial { $0.readyMin = 2 }
        for _ in 0..<3 { _ = trial.failed(0, now: 0) }
        #expect(trial.state(0) == .out(until: 10_000))
        for _ in 0..<2 { _ = trial.failed(1, now: 0) }
        #expect(trial.failed(1, now: 0) == .spared)
        #expect(trial.state(1) == .in)
    }

    @Test func thoseOutsideTheRotationDoNotCountAsLeft() {
        let trial = Trial()
        trial.routable = [true, false, false]
        for _ in 0..<2 { _ = trial.failed(0, now: 0) }
        #expect(trial.failed(0, now: 0) == .spared)
    }

    @Test func whenAllFailItIsNotTheWorker() {
        let trial = Trial()
        for index in 0..<3 { for _ in 0..<2 { _ = trial.failed(index, now: 0) } }
        #expect(trial.failed(0, now: 0) == .spared)
    }

    @Test func zeroTurnsItOff() {
        let trial = Trial {
            $0.consecutiveFailures = 0
            $0.errorRate = 0
        }
        for _ in 0..<100 { #expect(trial.failed(0, now: 0) == .counted) }
    }

    /// Each second 10 requests to each worker, of which worker 0 fails `own` and the others `others`.
    private func seconds(_ count: Int, own: Int, others: Int, _ trial: Trial) -> [EjectionMachine.Verdict] {
        var verdicts: [EjectionMachine.Verdict] = []
        for second in 0..<count {
            let now = UInt64(1_000_000 + second * 1000)
            for index in 0..<3 {
                for number in 0..<10 {
                    if number < (index == 0 ? own : others) {
                        let verdict = trial.failed(index, .badStatus, now: now)
                        if index == 0 { verdicts.append(verdict) }
                    }
                    trial.requests[index] += 1
                }
            }
        }
        return verdicts
    }

    @Test func aShareOfErrorsEjectsWhereTheOthersAreBetter() {
        let verdicts = seconds(6, own: 6, others: 1, Trial())
        #expect(verdicts.contains { if case .ejected(10_000, .share) = $0 { true } else { false } })
        #expect(!verdicts.contains(.spared))
    }

    @Test func aShareBelowTheLimitIsNoReason() {
        #expect(seconds(30, own: 3, others: 0, Trial()).allSatisfy { $0 == .counted })
    }

    @Test func errorsThatAllHaveAreNotTheWorkers() {
        #expect(seconds(30, own: 10, others: 10, Trial()).allSatisfy { $0 == .counted })
        #expect(seconds(30, own: 9, others: 4, Trial()).allSatisfy { $0 == .counted })
    }

    @Test func fewRequestsAreNoShare() {
        let trial = Trial()
        trial.requests = [0, 1000, 1000]
        for number in 0..<19 {
            #expect(trial.failed(0, .badStatus, now: 1000) == .counted, "\(number)")
            trial.requests[0] += 1
            trial.requests[1] += 5
        }
    }

    @Test func theWindowForgets() {
        let trial = Trial()
        for _ in 0..<15 { _ = trial.failed(0, .badStatus, now: 1_000) }
        trial.requests = [15, 100, 100]
        // Two half windows later nothing of that is left.
        for _ in 0..<15 { #expect(trial.failed(0, .badStatus, now: 15_000) == .counted) }
    }

    @Test func anErrorPageEndsTheTrialOfAWorkerThatGaveNoAnswer() {
        let trial = Trial()
        for _ in 0..<3 { _ = trial.failed(0, now: 0) }
        #expect(trial.isOpen(0, now: 20_000))
        #expect(trial.failed(0, .badStatus, now: 20_000) == .counted)
        #expect(trial.state(0) == .in)
    }

    @Test func anErrorPageFailsTheTrialOfAWorkerThatGaveTooMany() {
        let trial = Trial { $0.consecutiveFailures = 0 }
        let verdicts = seconds(6, own: 10, others: 0, trial)
        #expect(verdicts.contains { if case .ejected(10_000, .share) = $0 { true } else { false } })
        #expect(trial.isOpen(0, now: 2_000_000))
        #expect(trial.failed(0, .badStatus, now: 2_000_000) == .ejected(milliseconds: 20_000, .inARow(failures: 0)))
    }
}
