internal import PoolModel

/// A manager that starts finds what the last one left: this fits the saved state to the processes that there are.
extension WorkerMachine {
    /// Fits instants to a clock that may have begun anew: no deadline lies further ahead than its phase allows.
    mutating func clampInstants(rules: WorkerSpec, now: Duration) {
        func clamp(_ until: Duration, _ limit: Duration) -> Duration { min(until, now + limit) }
        switch phase {
        case .starting(let process, let since, let until):
            let limit = rules.ready == .time ? rules.startSeconds : rules.startTimeout
            phase = .starting(process, since: min(since, now), until: clamp(until, limit))
        case .running(let process, let since):
            phase = .running(process, since: min(since, now))
        case .draining(let process, let until):
            phase = .draining(process, until: clamp(until, rules.drainTimeout))
        case .terminating(let process, let step, let until):
            phase = .terminating(process, step: step, until: clamp(until, max(rules.stopTimeout, Self.killRepeat)))
        case .backingOff(let until):
            phase = .backingOff(until: clamp(until, rules.backoff.maximum * 2))
        case .stopped, .spawning, .exited, .fatal:
            break
        }
    }

    /// Takes over a living process. The saved phase stands where it is about this very process; otherwise the process
    /// is newer than what was saved, and has to show that it is ready.
    mutating func adopt(_ process: ProcessIdentity, life: Life, rules: WorkerSpec, now: Duration) -> [Action] {
        if life == self.life, phase.process == process { return [] }
        let isOwn = life == self.life && phase == .spawning
        self.life = life
        isAdopted = true
        if !isOwn { ending = nil }
        if goal == .down { ending = .stop }
        phase = .spawning
        var random = SeededRandom(seed: life)
        return handle(.spawned(process), rules: rules, now: now, random: &random)
    }

    /// There is no process, though the saved state says that there is one, or that one is on its way.
    /// `exit` is how it ended, where the keeper knows.
    mutating func lost(
        exit: ExitReason?,
        rules: WorkerSpec,
        now: Duration,
        random: inout SeededRandom
    ) -> [Action] {
        switch phase {
        case .spawning where exit == nil:
            // The request died with the manager that made it, or its failure was told to that one: ask again.
            phase = .stopped
            ending = nil
            return goal == .up ? spawn() : []
        case .spawning, .starting, .running, .draining, .terminating:
            return handle(.exited(exit ?? .unknown), rules: rules, now: now, random: &random)
        case .stopped, .backingOff, .exited, .fatal:
            return []
        }
    }

    /// The daemon was started anew, and there is no process. `ended` is one that an earlier daemon had.
    mutating func rest(after ended: KnownProcess?) {
        phase = .stopped
        ending = nil
        guard let ended else { return }
        if ended.life >= life, let exit = ended.exit {
            lastExit = exit
            exits += 1
        }
        life = max(life, ended.life)
    }

    /// The daemon was started anew: nothing of the last run's failures counts.
    mutating func beginAnew(goal: Goal) {
        self.goal = goal
        failedStarts = 0
        if phase.process == nil { phase = .stopped }
    }
}
