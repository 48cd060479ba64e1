internal import PoolModel

/// What probes, sockets, traffic and the worker itself say; and what is due by time.
extension PoolMachine {
    /// Something about the worker is due.
    mutating func expire(_ index: Int, at moment: Moment) {
        let now = moment.now
        func isDue(_ due: Duration?) -> Bool { due.map { $0 <= now } ?? false }
        if isDue(state.workers[index].machine.phase.deadline) { drive(index, .deadlineReached, at: moment) }
        if isDue(state.workers[index].health.due) { look(index, at: moment) }
        if update(index, { slot, _ in slot.ejection.end(now: now) }) {
            turn.areRoutesDue = true
            turn.isSettlingDue = true
            let id = state.workers[index].id
            emit(.health, .info, worker: id, "\(id): the ejection is over", at: moment)
        }
        if update(index, { slot, _ in slot.recycle.takeAge(now: now) }) {
            wantRestart(index, "recycled for its age", isFailure: false, force: false)
        }
        if isDue(state.workers[index].watchdogDue) {
            let limit = spec(of: state.workers[index].rulesGeneration).worker.watchdog ?? .zero
            update(index) { slot, _ in slot.watchdogDue = nil }
            wantRestart(index, "watchdog: no WATCHDOG=1 for \(limit.text)", isFailure: true, force: true)
        }
        if isDue(state.workers[index].countDue) { countInFlight(index, at: moment) }
    }

    /// Sends a probe, or tries the socket.
    private mutating func look(_ index: Int, at moment: Moment) {
        let slot = state.workers[index]
        let spec = state.spec(of: slot.rulesGeneration)
        switch slot.check(spec) {
        case .none:
            update(index) { slot, _ in slot.health.end() }
            return
        case .probe: turn.actions.append(.probe(slot.id, life: slot.machine.life))
        case .listen: turn.actions.append(.checkListening(slot.id, life: slot.machine.life, slot.address))
        }
        update(index) { slot, _ in slot.health.sent(timeout: spec.health.timeout, now: moment.now) }
    }

    mutating func probed(_ index: Int, _ result: ProbeResult, at moment: Moment) {
        let spec = state.spec(of: state.workers[index].rulesGeneration)
        guard state.workers[index].check(spec) == .probe else { return }
        if !state.workers[index].isReady, !result.isGood {
            update(index) { slot, random in
                slot.noteMissing(result)
                slot.health.note(result, rules: spec.health, now: moment.now, random: &random)
            }
            return
        }
        let change = update(index) { slot, random in
            slot.health.record(result, rules: spec.health, now: moment.now, random: &random)
        }
        if !state.workers[index].isReady { drive(index, .ready, at: moment) }
        if let change { tellHealth(index, change, at: moment) }
        restartIfUnhealthyTooLong(index, spec, at: moment)
    }

    mutating func listenChecked(_ index: Int, _ refusal: String?, at moment: Moment) {
        let spec = state.spec(of: state.workers[index].rulesGeneration)
        guard state.workers[index].check(spec) == .listen else { return }
        if let refusal {
            update(index) { slot, random in
                slot.health.postpone(rules: spec.health, now: moment.now, random: &random)
                slot.machine.missing = "did not listen on \(slot.address) (\(refusal))"
            }
        } else if state.workers[index].isReady {
            update(index) { slot, _ in slot.health.assume() }
            turn.areRoutesDue = true
            turn.isSettlingDue = true
        } else {
            drive(index, .ready, at: moment)
        }
    }

    private mutating func tellHealth(_ index: Int, _ health: Health, at moment: Moment) {
        turn.areRoutesDue = true
        turn.isSettlingDue = true
        persistSoon()
        let slot = state.workers[index]
        switch health {
        case .healthy:
            if slot.pendingRestart?.isFailure == true { update(index) { slot, _ in slot.pendingRestart = nil } }
            emit(.health, .info, worker: slot.id, "\(slot.id) is healthy", at: moment)
        case .unhealthy:
            emit(.health, .warning, worker: slot.id, "\(slot.id) is unhealthy: \(slot.probeText)", at: moment)
        case .unknown: break
        }
    }

    private mutating func restartIfUnhealthyTooLong(_ index: Int, _ spec: PoolSpec, at moment: Moment) {
        let slot = state.workers[index]
        guard slot.isReady, let since = slot.health.unhealthySince, let limit = spec.worker.restartUnhealthyAfter,
            moment.now - since >= limit
        else { return }
        wantRestart(index, "unhealthy for \(limit.text): \(slot.probeText)", isFailure: true, force: false)
    }

    mutating func notified(_ index: Int, _ notice: Notice, at moment: Moment) {
        let spec = state.spec(of: state.workers[index].rulesGeneration)
        switch notice {
        case .ready:
            if spec.worker.ready == .notify { drive(index, .ready, at: moment) }
        case .watchdog:
            guard state.workers[index].isReady, let watchdog = spec.worker.watchdog else { return }
            update(index) { slot, _ in slot.watchdogDue = moment.now + watchdog }
        case .stopping:
            update(index) { slot, _ in slot.notice = "ends by its own will" }
        case .status(let text):
            update(index) { slot, _ in slot.notice = text }
        }
    }

    // MARK: Traffic

    /// The proxy that could not connect has left the worker out until it gets a new table: so one is owed to it, when
    /// the probe that is sent at once has been answered.
    mutating func connectFailed(_ index: Int, errno: Int32, at moment: Moment) {
        // One that is not routable is published anew anyway when it is so again.
        guard state.workers[index].isRoutable else { return }
        update(index) { slot, _ in slot.health.question(ExitReason.errorName(errno), now: moment.now) }
        turn.areRoutesDue = true
        turn.isSettlingDue = true
        look(index, at: moment)
    }

    mutating func suspected(_ index: Int, _ failures: Int, _ detail: String, at moment: Moment) {
        let policy = state.spec.balance.ejection
        let slot = state.workers[index]
        guard policy.isOn, slot.isRoutable else { return }
        let others = state.routableCount - 1
        guard others >= max(1, policy.readyMin) else {
            emit(.health, .warning, worker: slot.id, "\(slot.id): \(detail); not ejected, too few are left", at: moment)
            return
        }
        update(index) { slot, _ in
            // Without a row it was the share of errors, and the detail says so.
            let why = failures > 0 ? "\(failures) failures in a row: \(detail)" : detail
            slot.ejection.eject(why, policy: policy, now: moment.now)
        }
        turn.areRoutesDue = true
        let text = state.workers[index].reason(spec: state.spec, generation: state.generation, at: moment)
        emit(.health, .warning, worker: slot.id, "\(slot.id) is \(text ?? "ejected")", at: moment)
    }

    /// Where workers were lost after others had been ejected, those are better than too few.
    mutating func endEjectionsInNeed(at moment: Moment) {
        let least = max(1, state.spec.balance.ejection.readyMin)
        guard state.workers.indices.contains(where: { state.workers[$0].ejection.until != nil }),
            state.routableCount < least
        else { return }
        for index in state.workers.indices where state.workers[index].ejection.until != nil {
            let id = state.workers[index].id
            update(index) { slot, _ in slot.ejection.endEarly(now: moment.now) }
            emit(.health, .warning, worker: id, "\(id) is no longer ejected: too few are left (panic mode)", at: moment)
            if state.routableCount >= least { return }
        }
    }

    mutating func sampled(_ index: Int, _ sample: WorkerSample) {
        guard state.workers[index].isReady else { return }
        if let why = update(index, { slot, _ in slot.recycle.read(sample) }) {
            wantRestart(index, why, isFailure: false, force: false)
        }
        // Traffic may fail an operation.
        if state.unfinished.contains(where: \.isWatching) { turn.isSettlingDue = true }
    }

    // MARK: Draining

    mutating func routed(_ revision: UInt64, at moment: Moment) {
        state.routes.applied(revision)
        for index in state.workers.indices {
            guard let joined = state.workers[index].joinsRotation, state.routes.applied >= joined else { continue }
            update(index) { slot, _ in slot.joinsRotation = nil }
            turn.isSettlingDue = true
        }
        for index in state.workers.indices where state.workers[index].isEmptying {
            countInFlight(index, at: moment)
        }
    }

    /// Asks for the count, once no proxy sends anything more: before that, zero would mean nothing.
    private mutating func countInFlight(_ index: Int, at moment: Moment) {
        let slot = state.workers[index]
        guard slot.isEmptying, state.routes.isOut(since: slot.leftRotation) else {
            update(index) { slot, _ in slot.countDue = nil }
            return
        }
        turn.actions.append(.checkInFlight(slot.id, life: slot.machine.life))
        update(index) { slot, _ in slot.countDue = moment.now + .seconds(1) }
    }

    mutating func counted(_ index: Int, _ count: UInt64, at moment: Moment) {
        guard state.workers[index].isEmptying, state.routes.isOut(since: state.workers[index].leftRotation) else {
            // Race: it was put back into the rotation while the requests were being counted.
            return
        }
        update(index) { slot, _ in
            slot.inFlight = count
            slot.countDue = count == 0 ? nil : moment.now + .milliseconds(50)
        }
        turn.isSettlingDue = true
        if count == 0 { drive(index, .drained, at: moment) }
    }

    // MARK: Restarts that nobody asked for

    private mutating func wantRestart(_ index: Int, _ why: String, isFailure: Bool, force: Bool) {
        guard state.workers[index].isReady, state.workers[index].pendingRestart == nil else { return }
        update(index) { slot, _ in
            slot.pendingRestart = WorkerSlot.PendingRestart(why: why, isFailure: isFailure, force: force)
        }
        turn.isSettlingDue = true
        persistSoon()
    }

    /// Begins the next pending restart: one at a time, and not with the last routable worker where there are others that
    /// may come back first. During an operation only of workers that have failed, and that it is not at.
    mutating func restartNext(at moment: Moment) {
        if let id = state.recycling {
            guard let index = state.index(of: id),
                state.workers[index].isBusy || state.hooks?.current(of: id) != nil
            else {
                state.recycling = nil
                persistSoon()
                return restartNext(at: moment)
            }
            return
        }
        guard !state.isShuttingDown, let index = nextRestart(), let pending = state.workers[index].pendingRestart
        else { return }
        let id = state.workers[index].id
        state.recycling = id
        emit(.state, pending.isFailure ? .warning : .info, worker: id, "\(id) is restarted: \(pending.why)", at: moment)
        if pending.isFailure {
            drive(index, .failing(why: pending.why, force: pending.force), at: moment)
        } else {
            // What is started next is of the pool's generation, unless a roll has decided otherwise.
            let slot = state.workers[index]
            let isHooked =
                slot.isReady && !pending.force
                && beginHook(
                    .beforeStop,
                    .worker(id, life: slot.machine.life),
                    generation: slot.processGeneration,
                    then: .restart(why: pending.why),
                    isBinding: false
                )
            if !isHooked { drive(index, .restart(why: pending.why, force: pending.force), at: moment) }
        }
        update(index) { slot, _ in slot.pendingRestart = nil }
    }

    private func nextRestart() -> Int? {
        // By index: an iterator would copy each worker, and mostly there is nothing to find.
        guard state.workers.indices.contains(where: { state.workers[$0].pendingRestart != nil }) else { return nil }
        let operation = state.unfinished.first { $0.isQueued && $0.stage != .queued }
        let routable = state.inRotationCount
        let isAlone = state.workers.count { $0.machine.goal == .up } <= 1
        return state.workers.firstIndex { worker in
            guard let pending = worker.pendingRestart, worker.isReady else { return false }
            if let operation {
                guard pending.isFailure, !operation.isAt(worker.id) else { return false }
            }
            return isAlone || !worker.isInRotation || routable > 1
        }
    }
}

extension WorkerSlot {
    /// Whether requests in flight are of interest, because nothing new is to come.
    var isEmptying: Bool {
        switch machine.phase {
        case .draining: true
        case .running: admin != .ready && inFlight != 0
        case .stopped, .spawning, .starting, .terminating, .backingOff, .exited, .fatal: false
        }
    }

    /// Whether a restart of it is still under way: until every proxy sends it requests, or it is given up.
    var isBusy: Bool {
        guard machine.goal == .up else { return machine.phase.process != nil }
        switch machine.phase {
        case .spawning, .starting, .draining, .terminating, .backingOff: return true
        case .running: return (health.health == .unknown && admin == .ready) || isJoining
        case .stopped, .exited, .fatal: return false
        }
    }

    /// Keeps what a probe of a starting worker says about what is missing.
    mutating func noteMissing(_ result: ProbeResult) {
        switch result.phase {
        case .connect: machine.missing = "did not listen on \(address) (\(result.detail))"
        case .write, .header, .status, .timeout: machine.missing = "was not healthy (probe: \(result.detail))"
        case .proxy: machine.missing = "could not be probed (proxy: \(result.detail))"
        case .done: break
        }
    }
}
