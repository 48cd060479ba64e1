package import PoolModel

/// One worker's process: start, readiness, death, back-off, stop. `(state, event, now) -> actions`.
///
/// What is wanted (``goal``) and what is (``phase``) are kept apart: a stop that comes while the process is being
/// started waits for it, a start that comes while it is being stopped takes effect after its end. So there are never
/// two processes. Each phase has at most one deadline, and each chain of deadlines ends: a stop always ends in KILL.
///
/// The table of all transitions is in docs/state-machines/worker.md; a test writes it from this code.
package struct WorkerMachine: Hashable, Sendable, Codable {
    /// KILL is sent again this often while the process is still there (it may be stuck in the kernel).
    package static let killRepeat = Duration.seconds(5)

    package internal(set) var goal = Goal.down
    package internal(set) var phase = Phase.stopped
    package internal(set) var life: Life = 0
    package internal(set) var ending: Ending?
    package internal(set) var lastExit: ExitReason?
    /// Ends of processes and of attempts to start one, over all lives.
    package internal(set) var exits: UInt64 = 0
    /// Starts after the first that nobody asked for.
    package internal(set) var restarts = 0
    /// Failed starts in a row: not ready, or dead within `startSeconds`.
    package internal(set) var failedStarts = 0
    /// The process was taken over from a manager that may have found it ready: it may be serving requests, whatever
    /// its phase says.
    package internal(set) var isAdopted = false
    /// While not ready: what is being waited for, in words that fit before "within 30 s".
    package var missing: String?
    var startDeaths = DeathTally()
    var runningDeaths = DeathTally()

    package init() {}

    package mutating func handle(
        _ event: Event,
        rules: WorkerSpec,
        now: Duration,
        random: inout SeededRandom
    ) -> [Action] {
        switch event {
        case .start: start()
        case .stop(let force): stop(force: force, rules: rules, now: now)
        case .restart(let why, let force): restart(why, force: force, rules: rules, now: now)
        case .failing(let why, let force): fail(why, force: force, rules: rules, now: now)
        case .spawned(let process): spawned(process, rules: rules, now: now)
        case .spawnFailed(let stage, let errno):
            spawnFailed(.spawnFailed(stage: stage, errno: errno), rules: rules, now: now, random: &random)
        case .startRefused(let why):
            spawnFailed(.hookFailed(detail: why), rules: rules, now: now, random: &random)
        case .startCalledOff: startCalledOff()
        case .ready: ready()
        case .exited(let reason): exited(reason, rules: rules, now: now, random: &random)
        case .drained: drained(rules: rules, now: now)
        case .deadlineReached: deadlineReached(rules: rules, now: now, random: &random)
        }
    }
}

// MARK: - What people want

extension WorkerMachine {
    private mutating func start() -> [Action] {
        goal = .up
        switch phase {
        case .stopped, .backingOff, .exited, .fatal:
            return spawnAfresh()
        case .spawning:
            // A stop that came in the meantime is taken back; a restart is not.
            if ending == .stop { ending = nil }
            return []
        case .draining, .terminating:
            if ending == .stop { ending = .restart("started again") }
            return []
        case .starting, .running:
            return []
        }
    }

    private mutating func stop(force: Bool, rules: WorkerSpec, now: Duration) -> [Action] {
        goal = .down
        switch phase {
        case .stopped:
            return []
        case .backingOff, .exited, .fatal:
            phase = .stopped
            return []
        case .spawning:
            ending = .stop
            return []
        case .starting, .running, .draining, .terminating:
            return end(.stop, force: force, rules: rules, now: now)
        }
    }

    private mutating func restart(_ why: String, force: Bool, rules: WorkerSpec, now: Duration) -> [Action] {
        goal = .up
        switch phase {
        case .stopped, .backingOff, .exited, .fatal:
            return spawnAfresh()
        case .spawning:
            // The process that is on its way may be of the old generation: it is replaced as soon as it is there.
            ending = .restart(why)
            return []
        case .starting, .running, .draining, .terminating:
            return end(.restart(why), force: force, rules: rules, now: now)
        }
    }

    private mutating func fail(_ why: String, force: Bool, rules: WorkerSpec, now: Duration) -> [Action] {
        switch phase {
        case .running:
            return end(.failing(why), force: force, rules: rules, now: now)
        case .stopped, .spawning, .starting, .draining, .terminating, .backingOff, .exited, .fatal:
            // Race: it ended, or is being ended, for another reason at the same moment.
            return []
        }
    }

    /// Ends the present process, for this reason from now on.
    private mutating func end(_ ending: Ending, force: Bool, rules: WorkerSpec, now: Duration) -> [Action] {
        self.ending = ending
        switch phase {
        case .running(let process, _):
            return force ? signal(process, step: 0, rules: rules, now: now) : drain(process, rules: rules, now: now)
        case .starting(let process, _, _):
            // Nothing is in flight at a worker that was never ready.
            return isAdopted && !force
                ? drain(process, rules: rules, now: now) : signal(process, step: 0, rules: rules, now: now)
        case .draining(let process, _):
            return force ? signal(process, step: 0, rules: rules, now: now) : []
        case .terminating:
            return []
        case .stopped, .spawning, .backingOff, .exited, .fatal:
            preconditionFailure("illegal: no process to end in \(phase)")
        }
    }
}

// MARK: - What happened to the process

extension WorkerMachine {
    private mutating func spawned(_ process: ProcessIdentity, rules: WorkerSpec, now: Duration) -> [Action] {
        switch phase {
        case .spawning:
            if ending != nil {
                return isAdopted
                    ? drain(process, rules: rules, now: now) : signal(process, step: 0, rules: rules, now: now)
            }
            let limit = rules.ready == .time ? rules.startSeconds : rules.startTimeout
            phase = .starting(process, since: now, until: now + limit)
            return []
        case .stopped, .starting, .running, .draining, .terminating, .backingOff, .exited, .fatal:
            // Race: the answer came again after the link to the keeper had been made anew.
            return []
        }
    }

    private mutating func spawnFailed(
        _ reason: ExitReason,
        rules: WorkerSpec,
        now: Duration,
        random: inout SeededRandom
    ) -> [Action] {
        switch phase {
        case .spawning:
            return ended(reason, wasReady: false, lived: .zero, rules: rules, now: now, random: &random)
        case .stopped, .starting, .running, .draining, .terminating, .backingOff, .exited, .fatal:
            // Race: the answer came again after the link to the keeper had been made anew.
            return []
        }
    }

    private mutating func startCalledOff() -> [Action] {
        switch phase {
        case .spawning:
            guard goal == .down else { return spawnAfresh() }
            ending = nil
            phase = .stopped
            return []
        case .stopped, .starting, .running, .draining, .terminating, .backingOff, .exited, .fatal:
            // Race: the hook was the last manager's, and the process has been asked for since.
            return []
        }
    }

    private mutating func ready() -> [Action] {
        switch phase {
        case .starting(let process, let since, _):
            phase = .running(process, since: since)
            missing = nil
            return []
        case .stopped, .spawning, .running, .draining, .terminating, .backingOff, .exited, .fatal:
            // Race: the good answer was under way when the process ended or was told to; or a second one came.
            return []
        }
    }

    private mutating func exited(
        _ reason: ExitReason,
        rules: WorkerSpec,
        now: Duration,
        random: inout SeededRandom
    ) -> [Action] {
        switch phase {
        case .running(_, let since):
            return ended(reason, wasReady: true, lived: now - since, rules: rules, now: now, random: &random)
        case .spawning, .starting, .draining, .terminating:
            return ended(reason, wasReady: false, lived: .zero, rules: rules, now: now, random: &random)
        case .stopped, .backingOff, .exited, .fatal:
            // Race: the keeper reports an exit until it is acknowledged; this one was.
            return []
        }
    }

    private mutating func drained(rules: WorkerSpec, now: Duration) -> [Action] {
        switch phase {
        case .draining(let process, _):
            return signal(process, step: 0, rules: rules, now: now)
        case .stopped, .spawning, .starting, .running, .terminating, .backingOff, .exited, .fatal:
            // Race: the drain limit passed, or the process ended, while the requests were being counted.
            return []
        }
    }

    private mutating func deadlineReached(rules: WorkerSpec, now: Duration, random: inout SeededRandom) -> [Action] {
        guard let deadline = phase.deadline, deadline <= now else { return [] }
        switch phase {
        case .starting(let process, let since, _):
            if rules.ready == .time {
                phase = .running(process, since: since)
                missing = nil
                return []
            }
            let limit = rules.startTimeout.text
            ending = .startTimedOut("\(missing ?? "was not ready") within \(limit)")
            return signal(process, step: 0, rules: rules, now: now)
        case .draining(let process, _):
            return signal(process, step: 0, rules: rules, now: now)
        case .terminating(let process, let step, _):
            return signal(process, step: step + 1, rules: rules, now: now)
        case .backingOff:
            restarts += 1
            return spawn()
        case .stopped, .spawning, .running, .exited, .fatal:
            preconditionFailure("illegal: \(phase) has no deadline")
        }
    }
}
