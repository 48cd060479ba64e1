package import PoolModel

extension WorkerSlot {
    /// The worker as people and the API see it.
    ///
    /// - Parameters:
    ///   - spec: the profile whose rules hold for it now.
    ///   - generation: the pool's present generation.
    package func status(spec: PoolSpec, generation: Generation, at moment: Moment) -> WorkerStatus {
        var retryAt: Timestamp?
        if case .backingOff(let until) = machine.phase { retryAt = moment.wall(of: until) }
        return WorkerStatus(
            id: id,
            state: machine.phase.state,
            health: health.health,
            admin: admin,
            process: machine.phase.process,
            life: machine.life,
            generation: rulesGeneration,
            address: address,
            reason: reason(spec: spec, generation: generation, at: moment),
            lastExit: machine.lastExit,
            lastProbe: health.last,
            since: since,
            startedAt: machine.phase.process == nil ? nil : startedAt,
            restarts: machine.restarts,
            retryAt: retryAt,
            attempt: machine.failedStarts > 0 ? machine.failedStarts + 1 : 0,
            weight: weight,
            ejectedUntil: ejection.until.map { moment.wall(of: $0) },
            isJoining: isJoining ? true : nil
        )
    }

    /// Why the worker is not green; nil where it is.
    package func reason(spec: PoolSpec, generation: Generation, at moment: Moment) -> String? {
        switch machine.phase {
        case .stopped: return stoppedReason
        case .spawning: return "being started"
        case .starting: return "waits until it is ready: \(machine.missing ?? "started")"
        case .draining(_, let until): return drainingReason(until: until, at: moment)
        case .terminating(_, let step, let until): return stoppingReason(step, until, spec.worker, moment)
        case .backingOff(let until): return backOffReason(until: until, spec.worker.backoff, moment)
        case .exited: return "\(exitText); autorestart is \(spec.worker.autorestart.rawValue)"
        case .fatal:
            let window = spec.worker.backoff.window.text
            return "gave up after \(spec.worker.backoff.deathsMax) failed starts in \(window): \(exitText)"
        case .running: return runningReason(spec: spec, generation: generation, at: moment)
        }
    }

    private var exitText: String { machine.lastExit?.summary ?? "ended" }

    private var stoppedReason: String {
        if let stoppedBy { return "stopped by \(stoppedBy)" }
        return machine.life == 0 ? "not started" : "stopped"
    }

    private func drainingReason(until: Duration, at moment: Moment) -> String {
        let count = inFlight.map { "\($0) requests in flight" } ?? "leaving the rotation"
        let why = machine.ending?.text ?? "stopping"
        return "\(why): \(count), until \(moment.wall(of: until).timeOfDay) at the latest"
    }

    private func stoppingReason(_ step: Int, _ until: Duration, _ rules: WorkerSpec, _ moment: Moment) -> String {
        let why = machine.ending?.text ?? "stopping"
        guard step < rules.stopSignals.count else { return "\(why): SIGKILL was sent" }
        let next = step + 1 < rules.stopSignals.count ? rules.stopSignals[step + 1] : "KILL"
        let due = moment.wall(of: until).timeOfDay
        return "\(why): SIG\(rules.stopSignals[step]) was sent, SIG\(next) follows at \(due)"
    }

    private func backOffReason(until: Duration, _ policy: BackoffPolicy, _ moment: Moment) -> String {
        let due = moment.wall(of: until).timeOfDay
        if machine.failedStarts == 0 { return "dies too often: \(exitText); next start at \(due)" }
        var limit = policy.deathsMax > 0 ? " of \(policy.deathsMax)" : ""
        // Starts that take long to fail never fill the window: they go on beyond the number that would end them.
        if policy.deathsMax > 0, machine.failedStarts >= policy.deathsMax {
            limit = " in a row (given up after \(policy.deathsMax) within \(policy.window.text))"
        }
        return "start \(machine.failedStarts)\(limit) failed: \(exitText); next one at \(due)"
    }

    private func runningReason(spec: PoolSpec, generation: Generation, at moment: Moment) -> String? {
        switch admin {
        case .drain:
            let count = inFlight.map { ", \($0) in flight" } ?? ""
            return "drained by \(adminActor ?? "somebody")\(count)\(adminWhy.map { ": \($0)" } ?? "")"
        case .maintenance:
            return "in maintenance by \(adminActor ?? "somebody")\(adminWhy.map { ": \($0)" } ?? "")"
        case .ready: break
        }
        switch health.health {
        case .unhealthy: return "probe failed: \(probeText)"
        case .unknown: return health.doubt.map { "being checked: \($0)" } ?? "not probed yet"
        case .healthy: break
        }
        if let until = ejection.until {
            return "ejected until \(moment.wall(of: until).timeOfDay): \(ejection.detail)"
        }
        if isJoining { return "joins the rotation: not every proxy has said yet that it knows" }
        if let pendingRestart { return "waits for its restart: \(pendingRestart.why)" }
        if processGeneration != generation {
            return "stale: runs generation \(processGeneration), the pool's is \(generation)"
        }
        return nil
    }

    /// The last probe with its phase: `connect: connection refused`.
    package var probeText: String {
        guard let last = health.last else { return "no answer yet" }
        return last.isGood ? last.detail : "\(last.phase.rawValue): \(last.detail)"
    }
}
