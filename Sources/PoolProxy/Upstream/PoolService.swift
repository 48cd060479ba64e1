internal import PoolHTTP
internal import PoolModel

/// One loop's part in a pool: the table in force, its connections to the workers, who waits, what may be retried.
final class PoolService {
    // State: the loop's. `table` and `pools` are swapped together.

    private(set) var table: PoolTable
    /// By the member's index in the table.
    private(set) var pools: [UpstreamPool]
    /// Reads requests, within the front's limits.
    private(set) var requestParser: HeadParser
    /// Reads the workers' answers.
    private(set) var responseParser: HeadParser
    var budget: RetryBudget
    var waiting = WaitingRoom()
    /// Whether one more request may wait.
    var canQueue: Bool { waiting.count < table.front.limits.queueMax }
    /// The last free place went to another loop's queue, though there was one here.
    var yieldsNext = false
    var random: SplitMix
    var log: AccessLogFile?

    init(table: PoolTable, pools: [UpstreamPool], seed: UInt64) {
        self.table = table
        self.pools = pools
        requestParser = HeadParser(PoolService.limits(of: table))
        responseParser = HeadParser(PoolService.responseLimits)
        budget = RetryBudget(share: table.balance.retryBudget)
        random = SplitMix(seed: seed)
    }

    /// Workers' heads: larger than what most clients may send, as cookies are set here.
    static let responseLimits = HeadLimits(headBytesMax: 60 << 10, requestLineBytesMax: 8 << 10, fieldsMax: 256)

    /// The front's limits, bounded by what a buffer holds.
    private static func limits(of table: PoolTable) -> HeadLimits {
        var limits = HeadLimits(table.front.limits)
        limits.headBytesMax = min(limits.headBytesMax, ProxyBounds.headBytesMax)
        limits.requestLineBytesMax = min(limits.requestLineBytesMax, limits.headBytesMax)
        return limits
    }

    func swap(to table: PoolTable, pools: [UpstreamPool]) {
        if table.front.limits != self.table.front.limits { requestParser = HeadParser(PoolService.limits(of: table)) }
        if table.balance.retryBudget != self.table.balance.retryBudget {
            budget = RetryBudget(share: table.balance.retryBudget)
        }
        self.table = table
        self.pools = pools
    }
}

/// A small fast generator for choices that need no secrecy.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return KeyHash.mix(state)
    }
}
