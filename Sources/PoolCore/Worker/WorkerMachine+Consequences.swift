internal import PoolModel

/// What follows the end of a process, and how the next one is started or the present one stopped.
extension WorkerMachine {
    /// What follows the end of a process, by what was wanted of it.
    mutating func ended(
        _ reason: ExitReason,
        wasReady: Bool,
        lived: Duration,
        rules: WorkerSpec,
        now: Duration,
        random: inout SeededRandom
    ) -> [Action] {
        let ending = ending
        self.ending = nil
        lastExit = reason
        exits += 1
        guard goal == .up else {
            phase = .stopped
            return []
        }
        switch ending {
        case .stop, .restart:
            switch reason {
            case .spawnFailed, .hookFailed: return startFailed(rules: rules, now: now, random: &random)
            case .exited, .signaled, .outOfMemory, .startTimedOut, .unknown: return spawnAfresh()
            }
        case .failing:
            return runningEnded(rules: rules, now: now, random: &random)
        case .startTimedOut(let detail):
            lastExit = .startTimedOut(detail: detail)
            return startFailed(rules: rules, now: now, random: &random)
        case nil where wasReady:
            if !rules.restarts(after: reason) {
                phase = .exited
                return []
            }
            if lived < rules.startSeconds { return startFailed(rules: rules, now: now, random: &random) }
            return runningEnded(rules: rules, now: now, random: &random)
        case nil:
            return startFailed(rules: rules, now: now, random: &random)
        }
    }

    /// A process that had been running ended: its successor starts at once. One that dies again and again is slowed
    /// down from the `deathsMax`th death within the window on, but never given up: it does get ready each time.
    private mutating func runningEnded(rules: WorkerSpec, now: Duration, random: inout SeededRandom) -> [Action] {
        failedStarts = 0
        let policy = rules.backoff
        let capacity = max(1, policy.deathsMax) * 2
        let deaths = runningDeaths.count(deathAt: now, window: policy.window, capacity: capacity)
        if policy.deathsMax > 0, deaths >= policy.deathsMax {
            let failures = deaths - policy.deathsMax + 1
            phase = .backingOff(until: now + policy.delay(failures: failures, random: &random))
            return []
        }
        restarts += 1
        return spawn()
    }

    private mutating func startFailed(rules: WorkerSpec, now: Duration, random: inout SeededRandom) -> [Action] {
        failedStarts += 1
        let policy = rules.backoff
        let deaths = startDeaths.count(deathAt: now, window: policy.window, capacity: policy.deathsMax)
        if policy.deathsMax > 0, deaths >= policy.deathsMax {
            phase = .fatal
            return []
        }
        phase = .backingOff(until: now + policy.delay(failures: failedStarts, random: &random))
        return []
    }

    /// A start that somebody asked for: what failed before does not count.
    mutating func spawnAfresh() -> [Action] {
        failedStarts = 0
        startDeaths.forget()
        runningDeaths.forget()
        return spawn()
    }

    mutating func spawn() -> [Action] {
        ending = nil
        missing = nil
        isAdopted = false
        life += 1
        phase = .spawning
        return [.spawn]
    }

    /// Lets requests in flight go on, within the limit.
    mutating func drain(_ process: ProcessIdentity, rules: WorkerSpec, now: Duration) -> [Action] {
        guard rules.drainTimeout > .zero else { return signal(process, step: 0, rules: rules, now: now) }
        phase = .draining(process, until: now + rules.drainTimeout)
        return []
    }

    /// Sends the stop signal number `step`; after the last one KILL, which goes to the group in any case, so that
    /// nothing of the worker is left.
    mutating func signal(
        _ process: ProcessIdentity,
        step: Int,
        rules: WorkerSpec,
        now: Duration
    ) -> [Action] {
        let names = rules.stopSignals
        guard step < names.count else {
            phase = .terminating(process, step: names.count, until: now + WorkerMachine.killRepeat)
            return [.signal("KILL", process, group: true)]
        }
        phase = .terminating(process, step: step, until: now + rules.stopTimeout / names.count)
        return [.signal(names[step], process, group: rules.stopAsGroup)]
    }
}
