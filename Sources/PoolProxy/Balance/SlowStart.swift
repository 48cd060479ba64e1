/// A worker that has just become routable gets a growing share of its turns: caches are cold, code is not compiled.
package struct SlowStart: Sendable {
    /// The share at the very start, in thousandths: never nothing, or it would never warm.
    package static let leastPermille: UInt64 = 100

    /// Thousandths of the turns that a worker takes, `elapsed` after it became routable.
    package static func permille(elapsed: UInt64, duration: UInt64) -> UInt64 {
        guard elapsed < duration else { return 1000 }
        return leastPermille + (1000 - leastPermille) * elapsed / duration
    }

    private var credit: UInt64 = 1000

    package init() {}

    /// Whether the worker takes this turn: spreads the taken turns evenly (at 250: every fourth).
    package mutating func takes(permille: UInt64) -> Bool {
        credit += permille
        guard credit >= 1000 else { return false }
        credit -= 1000
        return true
    }
}
