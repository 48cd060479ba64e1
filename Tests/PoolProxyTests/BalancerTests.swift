import PoolModel
import PoolProxy
import Testing

/// Workers as a table of the test's.
private struct Candidates: BalanceCandidates {
    var open: [Bool]
    var load: [Int] = []
    var weights: [Int] = []
    var latencies: [UInt64] = []
    /// All are warming up, and take no turn now.
    var isReluctant = false

    var count: Int { open.count }
    func isOpen(_ index: Int) -> Bool { open[index] }
    func takesTurn(_ index: Int) -> Bool { !isReluctant }
    func inFlight(_ index: Int) -> Int { load.isEmpty ? 0 : load[index] }
    func weight(_ index: Int) -> Int { weights.isEmpty ? 1 : weights[index] }
    func latency(_ index: Int) -> UInt64 { latencies.isEmpty ? 0 : latencies[index] }
}

/// A generator whose numbers are known.
private struct Counting: RandomNumberGenerator {
    var state: UInt64 = 0
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return KeyHash.mix(state)
    }
}

@Suite struct BalancerTests {
    private func balancer(_ algorithm: BalanceSpec.Algorithm, _ weights: [Int]) -> Balancer {
        Balancer(algorithm: algorithm, names: weights.indices.map { "w\($0)" }, weights: weights)
    }

    @Test func roundRobinPassesOverTheClosed() {
        let balancer = balancer(.roundRobin, [1, 1, 1])
        var turn: UInt64 = 0
        let next = {
            defer { turn += 1 }
            return turn
        }
        let candidates = Candidates(open: [true, false, true])
        #expect((0..<6).map { _ in balancer.roundRobin(candidates, turn: next) } == [0, 2, 0, 2, 0, 2])
        #expect(balancer.roundRobin(Candidates(open: [false, false, false]), turn: next) == nil)
        #expect(self.balancer(.roundRobin, []).roundRobin(Candidates(open: []), turn: next) == nil)
    }

    @Test func leastInFlightGoesByWeight() {
        let balancer = balancer(.leastInFlight, [1, 4, 1])
        var candidates = Candidates(open: [true, true, true], load: [1, 3, 2], weights: [1, 4, 1])
        #expect(balancer.leastInFlight(candidates) { 0 } == 1)
        candidates.load = [0, 7, 0]
        #expect(balancer.leastInFlight(candidates) { 0 } == 0)
        #expect(balancer.leastInFlight(candidates) { 1 } == 2)
        candidates.open[2] = false
        #expect(balancer.leastInFlight(candidates) { 2 } == 0)
    }

    @Test func twoChoicesTakeTheBetter() {
        let balancer = balancer(.twoChoices, [1, 1, 1, 1])
        var random = Counting()
        let candidates = Candidates(
            open: [true, true, true, true],
            load: [9, 0, 9, 9],
            latencies: [1000, 1000, 1000, 1000]
        )
        var counts = [0, 0, 0, 0]
        for _ in 0..<4000 {
            guard let index = balancer.twoChoices(candidates, turn: { 0 }, random: &random) else { continue }
            counts[index] += 1
        }
        // Worker 1 is taken whenever it is one of the two: 7 of 16.
        #expect(abs(counts[1] - 1750) < 120)
        #expect(counts.reduce(0, +) == 4000)
        // More requests, but answered far sooner: three of four pairs have it in them.
        let two = self.balancer(.twoChoices, [1, 1])
        let slow = Candidates(open: [true, true], load: [1, 2], latencies: [90_000, 1000])
        let taken = (0..<400).compactMap { _ in two.twoChoices(slow, turn: { 0 }, random: &random) }
        #expect(abs(taken.count { $0 == 1 } - 300) < 40)
        let closed = Candidates(open: [true, false, false, false])
        #expect((0..<50).allSatisfy { _ in balancer.twoChoices(closed, turn: { 0 }, random: &random) == 0 })
    }

    @Test func aWorkerThatGoesTakesOnlyItsOwnKeysAlong() {
        let balancer = balancer(.consistentHash, [1, 1, 1, 1])
        let keys = (0..<4000).map { KeyHash.of("key \($0)".utf8) }
        let all = Candidates(open: [true, true, true, true])
        let less = Candidates(open: [true, true, false, true])
        let before = keys.map { balancer.consistentHash(all, key: $0) }
        let after = keys.map { balancer.consistentHash(less, key: $0) }
        for (old, new) in zip(before, after) where old != 2 { #expect(old == new) }
        #expect(!after.contains(2))
        for index in 0..<4 {
            let share = before.count { $0 == index }
            #expect((800...1200).contains(share), "worker \(index) has \(share) of 4000")
        }
    }

    @Test func aLoadedWorkersKeysGoOn() {
        let balancer = balancer(.consistentHash, [1, 1, 1, 1])
        let keys = (0..<400).map { KeyHash.of("key \($0)".utf8) }
        let loaded = Candidates(open: [true, true, true, true], load: [40, 4, 4, 4])
        #expect(!keys.map { balancer.consistentHash(loaded, key: $0) }.contains(0))
    }

    @Test func aFewRequestsAreNoReasonToLeaveHome() {
        let balancer = Balancer(
            algorithm: .consistentHash,
            names: (1...4).map { "example_\($0)" },
            weights: [1, 1, 1, 1]
        )
        let keys = (0..<100).map { KeyHash.of("user\($0)".utf8) }
        let idle = Candidates(open: [true, true, true, true], load: [0, 0, 0, 0])
        let busy = Candidates(open: [true, true, true, true], load: [3, 3, 3, 3])
        #expect(
            keys.map { balancer.consistentHash(idle, key: $0) } == keys.map { balancer.consistentHash(busy, key: $0) }
        )
    }

    @Test func whenAllWarmUpTheyTakeTurns() {
        var candidates = Candidates(open: [true, true, true])
        candidates.isReluctant = true
        let balancer = Balancer(algorithm: .roundRobin, names: ["a", "b", "c"], weights: [1, 1, 1])
        var turn: UInt64 = 0
        var counts = [0, 0, 0]
        for _ in 0..<300 {
            let chosen = balancer.roundRobin(candidates) {
                defer { turn += 1 }
                return turn
            }
            if let chosen { counts[chosen] += 1 }
        }
        #expect(counts == [100, 100, 100])
    }

    @Test func hashesAreTheSameInEveryProcess() {
        #expect(KeyHash.of("example_1".utf8) == KeyHash.of(Array("example_1".utf8)))
        #expect(KeyHash.of("".utf8) == 0xc381_7c01_6ba4_ff30)
    }

    @Test func slowStartGrows() {
        #expect(SlowStart.permille(elapsed: 0, duration: 1000) == 100)
        #expect(SlowStart.permille(elapsed: 500, duration: 1000) == 550)
        #expect(SlowStart.permille(elapsed: 1000, duration: 1000) == 1000)
        #expect(SlowStart.permille(elapsed: 0, duration: 0) == 1000)
        var slowStart = SlowStart()
        let taken = (0..<9).map { _ in slowStart.takes(permille: 250) }
        #expect(taken == [true, false, false, true, false, false, false, true, false])
    }
}
