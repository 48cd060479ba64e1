package import PoolModel

/// What the state file keeps of a pool. Instants in it are of the monotonic clock; a machine that takes it over fits
/// them to its own.
package struct PoolState: Hashable, Sendable, Codable {
    /// Operations that may be unfinished at once. Beyond: a new one is refused.
    package static let operationsMax = 64
    /// Finished operations kept. Beyond: the oldest goes.
    package static let finishedMax = 32

    /// A profile with its number.
    package struct Version: Hashable, Sendable, Codable {
        package var generation: Generation
        package var spec: PoolSpec
    }

    /// The pool's profile.
    package var current: Version
    /// The number of the next one: never used twice, also where a deploy was rolled back.
    package var nextGeneration: Generation
    /// Other profiles that still have workers, or are being rolled out.
    package var others: [Version] = []
    /// In ascending order of their numbers.
    package var workers: [WorkerSlot] = []
    /// The last lives of workers that have left, by number.
    package var retiredLives: [Int: Life] = [:]
    package var routes = RouteBook()
    /// Unfinished ones in the order in which they were asked for.
    package var unfinished: [OperationMachine] = []
    /// The latest finished ones, oldest first.
    package var finished: [Operation] = []
    /// The worker that is being restarted without an operation: never two at once.
    package var recycling: WorkerID?
    package var isShuttingDown = false
    /// Set while the front is held or in maintenance.
    package var gate: FrontGate?
    /// nil where the pool is not scaled by load, and in older state files.
    package var scaling: ScaleMachine?
    /// nil where no hook was ever run, and in older state files.
    package internal(set) var hooks: HookBook?
    package var random: SeededRandom

    package init(spec: PoolSpec, seed: UInt64) {
        current = Version(generation: 1, spec: spec)
        nextGeneration = 2
        random = SeededRandom(seed: seed)
    }

    package var generation: Generation { current.generation }
    package var spec: PoolSpec { current.spec }

    /// The profile of a generation; the present one where that is no longer known.
    package func spec(of generation: Generation) -> PoolSpec {
        if generation == current.generation { return current.spec }
        return others.first { $0.generation == generation }?.spec ?? current.spec
    }

    /// The place of a worker; nil where the pool has none of this number.
    package func index(of id: WorkerID) -> Int? {
        guard id.pool == current.spec.name else { return nil }
        var low = 0
        var high = workers.count
        while low < high {
            let middle = (low + high) / 2
            if workers[middle].id.number < id.number { low = middle + 1 } else { high = middle }
        }
        return low < workers.count && workers[low].id == id ? low : nil
    }

    package var routableCount: Int { workers.indices.count { workers[$0].isRoutable } }

    /// How many workers every proxy sends requests.
    package var inRotationCount: Int { workers.indices.count { workers[$0].isInRotation } }

    /// Forgets profiles that nobody uses any more.
    mutating func prune() {
        others.removeAll { version in
            !workers.contains { $0.generation == version.generation || $0.processGeneration == version.generation }
                && !unfinished.contains { $0.uses(version.generation) }
                && hooks?.runs.contains { $0.generation == version.generation } != true
        }
    }
}
