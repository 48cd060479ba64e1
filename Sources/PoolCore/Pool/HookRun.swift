package import PoolModel

/// A hook that runs, or waits for the one before it of the same worker.
package struct HookRun: Hashable, Sendable, Codable {
    package enum Subject: Hashable, Sendable, Codable {
        case worker(WorkerID, life: Life)
        case operation(OperationID)
    }

    /// What waits for its end.
    package enum Sequel: Hashable, Sendable, Codable {
        case nothing
        /// The worker's next process.
        case spawn
        /// An operation's order to a worker, by whom.
        case order(OperationOrder, actor: String?)
        /// A restart that no operation asked for.
        case restart(why: String)
    }

    package var number: UInt64
    package var hook: Hook
    package var subject: Subject
    /// Whose profile says what it is.
    package var generation: Generation
    var sequel: Sequel
    /// Its failure refuses what waits for it, or fails the step of the operation that brought it about. Else it is only
    /// told.
    var isBinding: Bool
    var isRunning = false
}

/// All hooks of a pool that have not ended. Bounded: a worker has at most one of each kind, and one `after_start` more
/// that waits.
package struct HookBook: Hashable, Sendable, Codable {
    package internal(set) var runs: [HookRun] = []
    var next: UInt64 = 1

    /// The hook that a worker is at.
    func current(of worker: WorkerID) -> Hook? { runs.first { $0.worker == worker }?.hook }
}

extension HookRun {
    /// Whether it does for this subject too. What runs after the start of one process does not for the next one's.
    func serves(_ subject: Subject) -> Bool { hook != .afterStart || !isRunning || self.subject == subject }

    package var worker: WorkerID? {
        if case .worker(let id, _) = subject { id } else { nil }
    }
}
