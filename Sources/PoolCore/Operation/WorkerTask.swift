package import PoolModel

/// One worker's part of an operation.
package struct WorkerTask: Hashable, Sendable, Codable {
    /// What the worker is to be brought to.
    package enum Aim: Hashable, Sendable, Codable {
        case up
        case down(force: Bool)
        /// A new process of this generation.
        case renewed(Generation, force: Bool)
        /// A worker that there was not before. `isSurge`: for the time of the operation only.
        case added(Generation, isSurge: Bool)
        case removed
        case admin(AdminState)
        /// `name` without SIG.
        case signaled(name: String)
    }

    /// How far it is.
    package enum Progress: Hashable, Sendable, Codable {
        case waiting
        case active(since: Duration)
        case done(String)
        case failed(String)
        /// Not done, because the operation ended first.
        case dropped(String)
    }

    package let worker: WorkerID
    package let aim: Aim
    /// Tasks begin once all of lower rank have ended.
    package let rank: Int
    package var progress = Progress.waiting
    /// The life that the worker was in when the task began.
    package var lifeBefore: Life = 0
    /// A hook refused it before anything was done; nil in older state files.
    package var isRefused: Bool?
    /// The generation of the worker when the operation was made: where a roll-back leads.
    package let generationBefore: Generation?

    package init(worker: WorkerID, aim: Aim, rank: Int = 0, generationBefore: Generation? = nil) {
        self.worker = worker
        self.aim = aim
        self.rank = rank
        self.generationBefore = generationBefore
    }

    package var isFinished: Bool {
        switch progress {
        case .waiting, .active: false
        case .done, .failed, .dropped: true
        }
    }

    package var activeSince: Duration? {
        if case .active(let since) = progress { since } else { nil }
    }

    package var failure: String? {
        if case .failed(let why) = progress { why } else { nil }
    }

    /// Whether the task takes a routable worker out of the rotation, so that there must be enough others.
    package var isDisruptive: Bool {
        if case .renewed = aim { true } else { false }
    }

    /// The task as people see it.
    package var step: Operation.Step {
        switch progress {
        case .waiting: Operation.Step(worker: worker, state: .queued, detail: "waits for its turn")
        case .active: Operation.Step(worker: worker, state: .running, detail: doing)
        case .done(let detail): Operation.Step(worker: worker, state: .succeeded, detail: detail)
        case .failed(let why): Operation.Step(worker: worker, state: .failed, detail: why)
        case .dropped(let why): Operation.Step(worker: worker, state: .cancelled, detail: why)
        }
    }

    private var doing: String {
        switch aim {
        case .up: "starting"
        case .down: "stopping"
        case .renewed(let generation, _): "restarting into generation \(generation)"
        case .added(_, let isSurge): isSurge ? "starting beside the others" : "starting"
        case .removed: "draining and stopping"
        case .admin(let admin): "setting \(admin.rawValue)"
        case .signaled(let name): "sending SIG\(name)"
        }
    }
}
