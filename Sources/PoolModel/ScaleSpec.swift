/// Which workers go when a pool shrinks.
package enum ShrinkOrder: String, Hashable, Sendable, Codable, CaseIterable {
    case highestNumber = "highest-number"
    case oldest
    case newest
    /// Those that serve nobody first, then the highest numbers.
    case unroutableFirst = "unroutable-first"
    case mostMemory = "most-memory"
}

/// How many workers there are to be, where that is not one number: by hand and by load.
package struct ScaleSpec: Hashable, Sendable, Codable {
    package enum Automatic: String, Hashable, Sendable, Codable, CaseIterable {
        case off
        /// Says what it would do, and does not.
        case dryRun = "dry-run"
        case on
    }

    /// Who goes first, unless the request says otherwise.
    package var order = ShrinkOrder.highestNumber
    package var auto = Automatic.off
    /// The bounds of what is done by load; people may go beyond, and are brought back.
    package var min = 1
    package var max = 8
    /// Workers more or fewer at a time.
    package var step = 1
    /// Requests that wait for a worker, from which on the pool grows; 0 turns this rule off.
    package var growQueue = 1
    /// The workers' mean busy time (see docs/state-machines/scale.md), from which on the pool grows; 0 turns this rule
    /// off.
    package var growBusy = 0.8
    /// The mean busy time up to which the pool shrinks, where nothing waits either.
    package var shrinkBusy = 0.3
    /// How long it must have been so.
    package var growAfter = Duration.seconds(10)
    package var shrinkAfter = Duration.seconds(300)
    /// How long nothing is done after a change.
    package var cooldown = Duration.seconds(30)

    package init() {}
}

extension PoolSpec {
    /// How the pool is scaled. What is not said is not stored, so that state files of before this was known are read.
    package var scale: ScaleSpec {
        get { scaling ?? ScaleSpec() }
        set { scaling = newValue == ScaleSpec() ? nil : newValue }
    }
}
