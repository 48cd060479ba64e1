import PoolProxy
import Testing

@Suite struct WeightedSequenceTests {
    @Test func equalWeightsTakeTurns() { #expect(WeightedSequence.make(weights: [1, 1, 1, 1]) == [0, 1, 2, 3]) }

    @Test func commonFactorsDoNotMatter() { #expect(WeightedSequence.make(weights: [7, 7]) == [0, 1]) }

    @Test func heavyWorkersAreSpread() { #expect(WeightedSequence.make(weights: [5, 1, 1]) == [0, 0, 1, 0, 2, 0, 0]) }

    @Test func weightZeroTakesNothing() { #expect(WeightedSequence.make(weights: [0, 2, 0, 1]) == [1, 3, 1]) }

    @Test func nobodyIsAnEmptySequence() {
        #expect(WeightedSequence.make(weights: []).isEmpty)
        #expect(WeightedSequence.make(weights: [0, 0]).isEmpty)
    }

    @Test func everyCycleIsExact() {
        let weights = [3, 1, 256, 17]
        let sequence = WeightedSequence.make(weights: weights)
        for (index, weight) in weights.enumerated() { #expect(sequence.count { $0 == Int32(index) } == weight) }
    }

    @Test func lengthIsBounded() {
        let weights = (0..<100).map { 255 + $0 % 2 }
        #expect(WeightedSequence.make(weights: weights).count <= WeightedSequence.lengthMax + 100)
    }
}
