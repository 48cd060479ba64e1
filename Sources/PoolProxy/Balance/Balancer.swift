package import PoolModel

/// What a choice looks at: the workers of a pool at this moment.
package protocol BalanceCandidates {
    /// Workers, open or not; indices are `0..<count`.
    var count: Int { get }
    /// Whether the worker may take one more request now.
    func isOpen(_ index: Int) -> Bool
    /// Whether the worker takes this turn of round-robin; one that is warming up lets some pass.
    func takesTurn(_ index: Int) -> Bool
    /// Requests under way at the worker, over all loops.
    func inFlight(_ index: Int) -> Int
    /// 1...256 for an open worker.
    func weight(_ index: Int) -> Int
    /// The worker's latency, smoothed, in microseconds; 0 while unknown.
    func latency(_ index: Int) -> UInt64
}

extension BalanceCandidates {
    package func takesTurn(_ index: Int) -> Bool { true }
}

/// Chooses the worker for a request. A value computed for each routing table; what changes between two requests (the
/// turn, the load) is handed in, so that every choice can be tested as a table.
package struct Balancer: Sendable {
    package let algorithm: BalanceSpec.Algorithm
    package let sequence: [Int32]
    package let ring: HashRing

    /// How far above the average a worker's load may be before a consistent hash goes on to the next: 5/4.
    package static let boundedLoad = (numerator: 5, denominator: 4)
    /// Up to this load a key stays at home in any case: a probe or two beside it are no reason to go elsewhere.
    package static let loadMin = 4

    /// `names` and `weights` are those of the workers in the table's order; weight 0 takes no new requests.
    package init(algorithm: BalanceSpec.Algorithm, names: [String], weights: [Int]) {
        self.algorithm = algorithm
        sequence = WeightedSequence.make(weights: weights)
        ring = HashRing(names: algorithm == .consistentHash ? names : [], weights: weights)
    }

    /// The worker whose turn it is; closed ones are passed over. `turn` gives the next place in the shared order.
    @inline(__always)
    package func roundRobin(_ candidates: some BalanceCandidates, turn: () -> UInt64) -> Int? {
        let length = sequence.count
        guard length > 0 else { return nil }
        var tries = length
        var isAnyReluctant = false
        while tries > 0 {
            let index = Int(sequence[Int(truncatingIfNeeded: turn() % UInt64(length))])
            if candidates.isOpen(index) {
                if candidates.takesTurn(index) { return index }
                isAnyReluctant = true
            }
            tries &-= 1
        }
        // All that are open are warming up: then it is simply the one whose turn is next.
        while isAnyReluctant && tries < length {
            let index = Int(sequence[Int(truncatingIfNeeded: turn() % UInt64(length))])
            if candidates.isOpen(index) { return index }
            tries &+= 1
        }
        // Another loop may have taken the very turns that were open: look once at each.
        return (0..<candidates.count).first { candidates.isOpen($0) }
    }

    /// The worker with the least requests under way for its weight; `turn` rotates over equals.
    package func leastInFlight(_ candidates: some BalanceCandidates, turn: () -> UInt64) -> Int? {
        guard candidates.count > 0 else { return nil }
        let first = Int(turn() % UInt64(candidates.count))
        var best: Int?
        for step in 0..<candidates.count {
            let index = (first + step) % candidates.count
            guard candidates.isOpen(index) else { continue }
            guard let present = best else {
                best = index
                continue
            }
            // a/wa < b/wb without a division
            let load = (candidates.inFlight(index) + 1) * candidates.weight(present)
            if load < (candidates.inFlight(present) + 1) * candidates.weight(index) { best = index }
        }
        return best
    }

    /// The better of two workers taken at random, by load times latency: near to the least loaded, without the herd
    /// that runs to one worker when several proxies look at the same moment.
    package func twoChoices(
        _ candidates: some BalanceCandidates,
        turn: () -> UInt64,
        random: inout some RandomNumberGenerator
    ) -> Int? {
        let length = sequence.count
        guard length > 0 else { return nil }
        let first = Int(sequence[Int.random(in: 0..<length, using: &random)])
        let second = Int(sequence[Int.random(in: 0..<length, using: &random)])
        switch (candidates.isOpen(first), candidates.isOpen(second)) {
        case (true, true): return cost(first, candidates) <= cost(second, candidates) ? first : second
        case (true, false): return first
        case (false, true): return second
        case (false, false): return roundRobin(candidates, turn: turn)
        }
    }

    private func cost(_ index: Int, _ candidates: some BalanceCandidates) -> UInt64 {
        UInt64(candidates.inFlight(index) + 1) &* (candidates.latency(index) &+ 1)
            / UInt64(max(1, candidates.weight(index)))
    }

    /// The key's worker, or the next one on the ring where it is closed or loaded more than 5/4 of the average.
    package func consistentHash(_ candidates: some BalanceCandidates, key: UInt64) -> Int? {
        guard !ring.isEmpty else { return nil }
        let open = (0..<candidates.count).filter { candidates.isOpen($0) }
        guard !open.isEmpty else { return nil }
        let total = open.reduce(1) { $0 + candidates.inFlight($1) }
        let (numerator, denominator) = Balancer.boundedLoad
        let most = max(
            Balancer.loadMin,
            (total * numerator + open.count * denominator - 1) / (open.count * denominator)
        )
        let start = ring.start(of: key)
        var fallback: Int?
        for step in 0..<ring.count {
            let place = start + step < ring.count ? start + step : start + step - ring.count
            let index = ring.owner(at: place)
            guard candidates.isOpen(index) else { continue }
            if candidates.inFlight(index) < most { return index }
            if fallback == nil { fallback = index }
        }
        return fallback
    }
}
