/// The order in which round-robin visits the workers: each as often as its weight says, spread as evenly as can be.
///
/// Computed once for each routing table, so that a choice costs one shared counter and one look-up, and is exact over
/// all loops. The order is the "smooth" one: weights 5, 1, 1 give a a b a c a a, not a a a a a b c.
package enum WeightedSequence {
    /// The longest sequence; beyond it the weights are scaled down (none below one).
    package static let lengthMax = 1 << 14

    /// The indices of the workers in turn; a worker of weight 0 does not appear.
    package static func make(weights: [Int]) -> [Int32] {
        let divisor = weights.reduce(0) { greatestCommonDivisor($0, $1) }
        guard divisor > 0 else { return [] }
        let shares = scaled(weights.map { $0 / divisor })
        let total = shares.reduce(0, +)
        if shares.allSatisfy({ $0 <= 1 }) { return shares.indices.filter { shares[$0] == 1 }.map(Int32.init) }
        var credits = [Int](repeating: 0, count: shares.count)
        return (0..<total).map { _ in
            var best = 0
            for index in shares.indices {
                credits[index] += shares[index]
                if credits[index] > credits[best] || shares[best] == 0 { best = index }
            }
            credits[best] -= total
            return Int32(best)
        }
    }

    private static func scaled(_ weights: [Int]) -> [Int] {
        let total = weights.reduce(0, +)
        guard total > lengthMax else { return weights }
        return weights.map { $0 == 0 ? 0 : max(1, $0 * lengthMax / total) }
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (left, right) = (first, second)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }
}
