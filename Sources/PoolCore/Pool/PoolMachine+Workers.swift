internal import PoolModel

/// Changes of single workers, and what they bring with them: a socket cleaned, a probe begun, an event told.
extension PoolMachine {
    /// Gives an event to a worker's machine and does what follows.
    mutating func drive(_ index: Int, _ event: WorkerMachine.Event, at moment: Moment) {
        let before = state.workers[index]
        let rules = state.spec(of: before.rulesGeneration).worker
        let actions = update(index) { slot, random in
            slot.machine.handle(event, rules: rules, now: moment.now, random: &random)
        }
        follow(index, actions, from: before, at: moment)
    }

    /// What a change of the machine brings with it.
    mutating func follow(
        _ index: Int,
        _ actions: [WorkerMachine.Action],
        from before: WorkerSlot,
        at moment: Moment
    ) {
        tellExit(index, before, at: moment)
        beginAfterStop(index, before)
        for action in actions {
            switch action {
            case .spawn: spawn(index)
            case .signal(let name, let process, let group):
                let slot = state.workers[index]
                turn.actions.append(
                    .signal(slot.id, life: slot.machine.life, process, signal: name, group: group)
                )
            }
        }
        guard state.workers[index].machine.phase != before.machine.phase else { return }
        entered(index, before.machine.phase, at: moment)
        if before.machine.phase.state != state.workers[index].machine.phase.state {
            update(index) { slot, _ in slot.since = moment.wall }
            tellState(index, at: moment)
        }
        persistSoon()
        turn.areRoutesDue = true
        turn.isSettlingDue = true
    }

    /// The end of a process that was told to end is followed by a hook, which the next process waits for.
    private mutating func beginAfterStop(_ index: Int, _ before: WorkerSlot) {
        guard state.workers[index].machine.exits != before.machine.exits, before.machine.phase.process != nil else {
            return
        }
        switch before.machine.ending {
        case .stop, .restart: break
        case .failing, .startTimedOut, nil: return
        }
        let subject = HookRun.Subject.worker(before.id, life: before.machine.life)
        let generation = before.processGeneration
        _ = beginHook(.afterStop, subject, generation: generation, isBinding: isWatched(before.id))
    }

    private mutating func spawn(_ index: Int) {
        let generation = state.workers[index].generation
        let address = addressRule(state.spec(of: generation), state.workers[index].id)
        update(index) { slot, _ in
            slot.processGeneration = generation
            slot.address = address
            slot.pendingRestart = nil
        }
        let id = state.workers[index].id
        let life = state.workers[index].machine.life
        let subject = HookRun.Subject.worker(id, life: life)
        if beginHook(.beforeStart, subject, generation: generation, then: .spawn, isBinding: true) { return }
        if let place = state.hooks?.runs.firstIndex(where: { $0.worker == id && $0.hook == .afterStop }) {
            state.hooks?.runs[place].sequel = .spawn
            return
        }
        askForProcess(index)
    }

    /// Nothing is left to wait for.
    mutating func askForProcess(_ index: Int) {
        let slot = state.workers[index]
        let (id, life) = (slot.id, slot.machine.life)
        if case .unix = slot.address { turn.actions.append(.cleanSocket(id, life: life, slot.address)) }
        turn.actions.append(.spawn(id, life: life, generation: slot.processGeneration))
    }

    /// Sets up what belongs to the phase that a worker has come into.
    private mutating func entered(_ index: Int, _ before: WorkerMachine.Phase, at moment: Moment) {
        let spec = state.spec(of: state.workers[index].rulesGeneration)
        switch state.workers[index].machine.phase {
        case .starting:
            update(index) { slot, _ in
                slot.startedAt = moment.wall
                slot.notice = nil
                slot.ejection.forget()
                slot.machine.missing = slot.waitingText(spec)
                if slot.check(spec) == .none {
                    slot.health.end()
                } else {
                    slot.health.begin(now: moment.now, firstProbeIn: HealthMachine.quickMin)
                }
            }
        case .running:
            update(index) { slot, random in
                slot.recycle = RecycleMeter(rules: spec.worker, now: moment.now, random: &random)
                slot.watchdogDue = spec.worker.watchdog.map { moment.now + $0 }
                slot.beginProbing(spec, now: moment.now)
            }
            let slot = state.workers[index]
            let subject = HookRun.Subject.worker(slot.id, life: slot.machine.life)
            let isBinding = isWatched(slot.id)
            _ = beginHook(.afterStart, subject, generation: slot.processGeneration, isBinding: isBinding)
        case .draining:
            update(index) { slot, _ in
                slot.quieten()
                slot.inFlight = nil
                slot.countDue = moment.now
            }
        case .stopped, .spawning, .terminating, .backingOff, .exited, .fatal:
            update(index) { slot, _ in slot.quieten() }
        }
    }

    // MARK: Telling people

    mutating func tellExit(_ index: Int, _ before: WorkerSlot, at moment: Moment) {
        let slot = state.workers[index]
        guard slot.machine.exits != before.machine.exits, let exit = slot.machine.lastExit else { return }
        let isAsked = before.machine.ending != nil
        let subject = before.machine.phase.process?.description ?? "start"
        emit(.exit, isAsked ? .info : .warning, worker: slot.id, "\(slot.id): \(subject): \(exit.summary)", at: moment)
    }

    private mutating func tellState(_ index: Int, at moment: Moment) {
        let slot = state.workers[index]
        let spec = state.spec(of: slot.rulesGeneration)
        let severity: PoolEvent.Severity =
            switch slot.machine.phase.state {
            case .fatal: .error
            case .backoff: .warning
            case .stopped, .starting, .running, .stopping, .exited: .info
            }
        let why = slot.isReady ? nil : slot.reason(spec: spec, generation: state.generation, at: moment)
        let name = slot.machine.phase.state.rawValue
        emit(.state, severity, worker: slot.id, "\(slot.id) is \(name)\(why.map { ": \($0)" } ?? "")", at: moment)
    }
}

extension WorkerSlot {
    var isSpawning: Bool { machine.phase == .spawning }

    /// There is nothing to probe, to count or to watch.
    mutating func quieten() {
        health.end()
        watchdogDue = nil
        countDue = nil
        pendingRestart = nil
        recycle = RecycleMeter()
        ejection.forget()
    }

    /// Opens the question whether a ready worker is healthy; where readiness came by a probe, it is answered.
    mutating func beginProbing(_ spec: PoolSpec, now: Duration) {
        switch check(spec) {
        case .none: health.end()
        case .listen: health.assume()
        case .probe: if health.health != .healthy { health.begin(now: now) }
        }
    }

    /// What a starting worker has not done yet, in words that fit before "within 30 s".
    func waitingText(_ spec: PoolSpec) -> String {
        switch spec.worker.ready {
        case .probe, .listen: "did not listen on \(address)"
        case .notify: "did not send READY=1"
        case .time: "did not stay alive"
        }
    }
}
