/// supervisord's process states, with its names.
package enum ProcessState: String, Hashable, Sendable, Codable, CaseIterable {
    case stopped = "STOPPED"
    case starting = "STARTING"
    case running = "RUNNING"
    case backoff = "BACKOFF"
    case stopping = "STOPPING"
    case exited = "EXITED"
    case fatal = "FATAL"

    /// Whether there is a process.
    package var isAlive: Bool {
        switch self {
        case .starting, .running, .stopping: true
        case .stopped, .backoff, .exited, .fatal: false
        }
    }
}

/// What the probes say of a worker.
package enum Health: String, Hashable, Sendable, Codable, CaseIterable {
    case unknown, healthy, unhealthy
}

/// What people have said of a worker: HAProxy's administrative states.
package enum AdminState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Takes requests when healthy.
    case ready
    /// Finishes what it has, gets nothing new.
    case drain
    /// As drain, and the probes' opinion changes nothing until it is made ready.
    case maintenance
}

/// The three separate axes of a worker, and the rest of what is known of it.
package struct WorkerStatus: Hashable, Sendable, Codable {
    package var id: WorkerID
    package var state: ProcessState
    package var health: Health
    package var admin: AdminState
    /// The present process; nil where there is none.
    package var process: ProcessIdentity?
    package var life: Life
    package var generation: Generation
    /// The address with its templates filled in.
    package var address: Address
    /// Why the worker is not green; nil where it is.
    package var reason: String?
    package var lastExit: ExitReason?
    package var lastProbe: ProbeResult?
    /// When the present state began.
    package var since: Timestamp
    package var startedAt: Timestamp?
    /// Starts after the first that nobody asked for.
    package var restarts: Int
    /// In BACKOFF: when the next start is due, and which try it is.
    package var retryAt: Timestamp?
    package var attempt: Int
    package var weight: Int
    /// Until when traffic failures keep it out of the rotation.
    package var ejectedUntil: Timestamp?
    /// It has been put into the rotation, and a proxy has not yet said that it knows; nil for no.
    package var isJoining: Bool?

    package init(
        id: WorkerID,
        state: ProcessState,
        health: Health = .unknown,
        admin: AdminState = .ready,
        process: ProcessIdentity? = nil,
        life: Life = 0,
        generation: Generation = 1,
        address: Address,
        reason: String? = nil,
        lastExit: ExitReason? = nil,
        lastProbe: ProbeResult? = nil,
        since: Timestamp,
        startedAt: Timestamp? = nil,
        restarts: Int = 0,
        retryAt: Timestamp? = nil,
        attempt: Int = 0,
        weight: Int = 1,
        ejectedUntil: Timestamp? = nil,
        isJoining: Bool? = nil
    ) {
        self.id = id
        self.state = state
        self.health = health
        self.admin = admin
        self.process = process
        self.life = life
        self.generation = generation
        self.address = address
        self.reason = reason
        self.lastExit = lastExit
        self.lastProbe = lastProbe
        self.since = since
        self.startedAt = startedAt
        self.restarts = restarts
        self.retryAt = retryAt
        self.attempt = attempt
        self.weight = weight
        self.ejectedUntil = ejectedUntil
        self.isJoining = isJoining
    }

    /// Whether the proxy sends it new requests. Derived, never stored:
    ///
    /// | process | admin | health | every proxy knows it | routable |
    /// |---|---|---|---|---|
    /// | RUNNING | ready | healthy | yes | yes |
    /// | anything else | | | | no |
    package var isRoutable: Bool {
        state == .running && admin == .ready && health == .healthy && ejectedUntil == nil && isJoining != true
    }
}
