package import PoolModel

/// How workers are replaced one after the other, and what happens when one does not come up.
package struct RollPolicy: Hashable, Sendable, Codable {
    /// Workers replaced at the same time; at least 1.
    package var batch = 1
    /// How many fewer than all may be routable while the roll goes on. A pool of one is served by held requests.
    package var unavailableMax = 1
    /// Workers started beside the others for the time of the roll, under the next free numbers.
    package var surge = 0
    /// The first this many workers go alone, and are watched for ``bake`` before the others follow.
    package var canary = 0
    package var bake = Duration.zero
    /// The share of failed requests (0...1) that fails the roll, from ``bakeRequestsMin`` requests on: of the canaries
    /// while they bake, and of all workers replaced so far until the last one has come up.
    package var failureShareMax: Double?
    package var bakeRequestsMin: UInt64 = 20
    /// After a failure, and after a cancel: bring the workers that were replaced back to where they came from.
    package var rollsBack = true
    /// How long one worker may take from its first start to healthy; nil: start timeout and 10 s.
    package var readyLimit: Duration?

    package init() {}

    /// Checks that the policy can ever move; nil where it can.
    package var problem: PoolError? {
        if batch < 1 { return PoolError(.invalidArgument, "batch is \(batch)", remedy: "use 1 or more") }
        if surge < 0 || unavailableMax < 0 || canary < 0 || bake < .zero {
            return PoolError(.invalidArgument, "surge, max unavailable, canary and bake cannot be negative")
        }
        if surge == 0, unavailableMax == 0 {
            return PoolError(
                .invalidArgument,
                "with max unavailable 0 and no surge no worker could ever be restarted",
                remedy: "use surge 1, or max unavailable 1"
            )
        }
        if let failureShareMax, !(0...1).contains(failureShareMax) {
            return PoolError(.invalidArgument, "the share of failed requests is \(failureShareMax), not within 0 and 1")
        }
        return nil
    }
}
