/// Something asked for that takes time: it can be watched, waited for and cancelled, and it ends in a verdict.
package struct Operation: Hashable, Sendable, Codable {
    package enum Verb: String, Hashable, Sendable, Codable, CaseIterable {
        case start, stop, restart, roll, deploy, scale, drain, resume, maintenance, apply, signal, shutdown, upgrade
    }

    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case queued, running, paused, succeeded, failed, cancelled
        case rolledBack = "rolled-back"

        package var isFinished: Bool {
            switch self {
            case .queued, .running, .paused: false
            case .succeeded, .failed, .cancelled, .rolledBack: true
            }
        }
    }

    /// One worker's part of the operation.
    package struct Step: Hashable, Sendable, Codable {
        package var worker: WorkerID
        package var state: State
        /// What is being done, or what went wrong.
        package var detail: String

        package init(worker: WorkerID, state: State, detail: String) {
            self.worker = worker
            self.state = state
            self.detail = detail
        }
    }

    /// A hook of the whole operation.
    package struct HookStep: Hashable, Sendable, Codable {
        package var hook: Hook
        package var state: State
        /// What is being done, or what went wrong.
        package var detail: String

        package init(hook: Hook, state: State, detail: String) {
            self.hook = hook
            self.state = state
            self.detail = detail
        }
    }

    package var id: OperationID
    package var verb: Verb
    package var pool: String
    /// Who asked: `alice (uid 1000, pid 4711)`.
    package var actor: String
    /// Why, in the words of who asked; empty where they gave none.
    package var why: String
    package var state: State
    package var steps: [Step]
    /// Those that were begun, in their order; nil where there was none.
    package var hooks: [HookStep]?
    /// The verdict in one line, once finished.
    package var result: String?
    package var createdAt: Timestamp
    package var finishedAt: Timestamp?

    package init(
        id: OperationID,
        verb: Verb,
        pool: String,
        actor: String,
        why: String = "",
        state: State = .queued,
        steps: [Step] = [],
        hooks: [HookStep]? = nil,
        result: String? = nil,
        createdAt: Timestamp,
        finishedAt: Timestamp? = nil
    ) {
        self.id = id
        self.verb = verb
        self.pool = pool
        self.actor = actor
        self.why = why
        self.state = state
        self.steps = steps
        self.hooks = hooks
        self.result = result
        self.createdAt = createdAt
        self.finishedAt = finishedAt
    }
}
