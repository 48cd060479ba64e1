package import PoolModel

/// Something that people or scripts ask of a pool; it becomes an ``PoolModel/Operation``.
package enum PoolCommand: Hashable, Sendable, Codable {
    case start([WorkerID])
    /// `force`: without waiting for requests in flight.
    case stop([WorkerID], force: Bool)
    case restart([WorkerID], RestartStyle)
    /// Restart every worker that is up, under a policy.
    case roll(RollPolicy)
    /// Make this the pool's profile and restart every worker into it, changed or not.
    case deploy(PoolSpec, RollPolicy)
    /// Make this the pool's profile and do what ``ProfilePlan`` says, no more.
    case apply(PoolSpec, RollPolicy)
    case scale(to: Int, ShrinkOrder)
    case drain([WorkerID])
    case resume([WorkerID])
    case maintenance([WorkerID])
    /// `name` without SIG.
    case signal([WorkerID], name: String)
    /// Stop everything, and be ready to start it again: nobody counts as stopped by hand.
    case shutdown(force: Bool)

    package var verb: Operation.Verb {
        switch self {
        case .start: .start
        case .stop: .stop
        case .restart: .restart
        case .roll: .roll
        case .deploy: .deploy
        case .apply: .apply
        case .scale: .scale
        case .drain: .drain
        case .resume: .resume
        case .maintenance: .maintenance
        case .signal: .signal
        case .shutdown: .shutdown
        }
    }
}

/// How several workers are restarted.
package enum RestartStyle: Hashable, Sendable, Codable {
    /// One after the other (or as the policy says), each out of the rotation first.
    case rolling(RollPolicy)
    /// All at once. `force`: without waiting for requests in flight.
    case together(force: Bool)
}

/// A command with who asked, and under which number it is remembered.
package struct OperationRequest: Hashable, Sendable, Codable {
    package var id: OperationID
    package var command: PoolCommand
    /// `alice (uid 1000, pid 4711)`.
    package var actor: String
    package var why: String
    /// What was asked for, where the command alone does not tell: a roll of some workers is a restart of theirs.
    package var verb: Operation.Verb?

    package init(
        id: OperationID,
        command: PoolCommand,
        actor: String,
        why: String = "",
        verb: Operation.Verb? = nil
    ) {
        self.id = id
        self.command = command
        self.verb = verb
        self.actor = actor
        self.why = why
    }
}
