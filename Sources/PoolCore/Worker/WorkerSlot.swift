package import PoolModel

/// One worker with all that is decided about it: its process, its health, what people said of it.
package struct WorkerSlot: Hashable, Sendable, Codable {
    package let id: WorkerID
    package var machine = WorkerMachine()
    package var health = HealthMachine()
    package var ejection = Ejection()
    package var recycle = RecycleMeter()
    package var admin = AdminState.ready
    /// Who set ``admin``.
    package var adminActor: String?
    /// Why, in their words; nil where they gave no reason, and in older state files.
    package var adminWhy: String?
    /// Who stopped it by hand; nil where nobody did.
    package var stoppedBy: String?
    package var weight = 1
    /// What the next process is started from.
    package var generation: Generation
    /// What the present process was started from.
    package var processGeneration: Generation
    /// Where the present (or the next) process listens.
    package var address: Address
    /// When supervisord's state last changed.
    package var since: Timestamp
    package var startedAt: Timestamp?
    /// Started beside the others for the time of a roll.
    package var isSurge = false
    /// It leaves the pool once its process has ended.
    package var isRetiring = false
    /// The worker said what it is doing (`STATUS=`).
    package var notice: String?

    /// The hook that refused the last step of an operation, or failed after it; nil until there is one, and in older
    /// state files.
    package var hookFailure: String?
    /// When `WATCHDOG=1` must have come.
    package var watchdogDue: Duration?
    /// A restart that waits for its turn: recycling, or a process that does not work.
    package var pendingRestart: PendingRestart?

    /// The first revision of the routes without this worker; nil while the proxies may send it requests.
    package var leftRotation: UInt64?
    /// The revision of the routes that put it into the rotation; nil once every living proxy uses it.
    package var joinsRotation: UInt64?
    /// The last count of requests in flight since it left the rotation.
    package var inFlight: UInt64?
    /// When they are counted next.
    package var countDue: Duration?

    package struct PendingRestart: Hashable, Sendable, Codable {
        package var why: String
        /// It counts as a failure of the process.
        package var isFailure: Bool
        /// Requests in flight are not waited for: the process hangs.
        package var force: Bool
    }

    package init(id: WorkerID, generation: Generation, address: Address, since: Timestamp) {
        self.id = id
        self.generation = generation
        processGeneration = generation
        self.address = address
        self.since = since
    }

    /// The generation whose rules hold now.
    package var rulesGeneration: Generation {
        machine.phase == .spawning || machine.phase.process != nil ? processGeneration : generation
    }

    /// Whether requests are to be sent to it. They are (``PoolModel/WorkerStatus/isRoutable``) once the proxies know,
    /// which a proxy that is another program may do a quarter of a second later.
    package var isRoutable: Bool {
        isReady && admin == .ready && health.health == .healthy && ejection.until == nil
    }

    /// Whether it is to get requests, and a proxy does not know yet: the routes that say so are still to be published,
    /// or to be used.
    package var isJoining: Bool { isRoutable && (leftRotation != nil || joinsRotation != nil) }

    /// Whether every proxy sends it requests.
    package var isInRotation: Bool { isRoutable && !isJoining }

    package var isReady: Bool {
        if case .running = machine.phase { true } else { false }
    }

    /// Whether it does what was asked of it, as far as can be known: nobody probes a worker in maintenance.
    package var isServing: Bool { isReady && (health.health == .healthy || admin == .maintenance) }

    /// Whether it will take requests soon, as far as one may hope: worth holding requests for.
    package var isComing: Bool {
        guard machine.goal == .up, admin == .ready, machine.failedStarts == 0 else { return false }
        switch machine.phase {
        case .spawning, .starting, .draining, .terminating: return true
        case .running: return health.health == .unknown
        case .stopped, .backingOff, .exited, .fatal: return false
        }
    }

    /// How the worker is looked at in its present phase.
    package func check(_ spec: PoolSpec) -> Check {
        switch machine.phase {
        case .starting:
            switch spec.worker.ready {
            case .probe: spec.health.path == nil ? .listen : .probe
            case .listen: .listen
            case .notify, .time: .none
            }
        case .running:
            if admin == .maintenance { .none } else { spec.health.path == nil ? .listen : .probe }
        case .stopped, .spawning, .draining, .terminating, .backingOff, .exited, .fatal: .none
        }
    }

    package enum Check: Hashable, Sendable { case probe, listen, none }

    /// The next instant at which something about this worker is due.
    package var deadline: Duration? {
        var earliest = machine.phase.deadline
        for due in [health.due, ejection.until, recycle.ageDue, watchdogDue, countDue] {
            guard let due else { continue }
            earliest = earliest.map { min($0, due) } ?? due
        }
        return earliest
    }
}
