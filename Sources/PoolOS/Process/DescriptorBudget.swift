internal import Glibc

/// How many open files one purpose may take, so that it leaves some for the others: without it figures about processes
/// could keep a message from being sent, or a socket from being bound.
///
/// Confined to one thread, as its users are.
package final class DescriptorBudget {
    private let max: Int
    private var taken = 0

    package init(max: Int) { self.max = max }

    /// Half of what this process may have open now.
    package convenience init() {
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(7), &limit) == 0
        self.init(max: isKnown ? Int(clamping: limit.rlim_cur / 2) : 512)
    }

    /// - Parameter share: the part of the whole that may be in use afterwards: what matters less stops earlier.
    /// - Returns: false where there is not enough left; nothing was taken then.
    func take(_ count: Int, share: Double) -> Bool {
        guard Double(taken + count) <= Double(max) * share else { return false }
        taken += count
        return true
    }

    func give(_ count: Int) { taken -= count }
}
