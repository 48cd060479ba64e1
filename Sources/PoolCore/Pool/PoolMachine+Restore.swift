internal import PoolModel

/// How a machine takes over: what the state file says, what the keeper has, what the profile wants.
extension PoolMachine {
    /// The first actions: adopt, start, publish. Call once, before any other.
    package mutating func begin(at moment: Moment) -> [PoolAction] {
        let hooks = beginning == .warm ? state.hooks?.runs ?? [] : []
        state.hooks?.runs = []
        let found = sortKnown(at: moment)
        // The process that is started next waits for them.
        restoreHooks(hooks.filter { $0.hook == .afterStop }, at: moment)
        for index in state.workers.indices {
            clamp(index, at: moment)
            takeOver(index, found[state.workers[index].id] ?? [], at: moment)
        }
        for index in state.workers.indices { wake(index, at: moment) }
        restoreHooks(hooks.filter { $0.hook != .afterStop }, at: moment)
        known = []
        state.routes.forget()
        turn.areRoutesDue = true
        turn.isSettlingDue = true
        persistNow()
        return endTurn(at: moment)
    }

    /// The processes by worker. Workers that the state does not know of are made, only to be stopped in good order.
    private mutating func sortKnown(at moment: Moment) -> [WorkerID: [KnownProcess]] {
        for process in known where process.exit == nil && process.worker.pool == state.spec.name {
            guard state.index(of: process.worker) == nil else { continue }
            let index = insert(process.worker, process.generation, at: moment)
            update(index) { slot, _ in slot.isRetiring = true }
        }
        return Dictionary(grouping: known, by: \.worker)
    }

    private mutating func takeOver(_ index: Int, _ found: [KnownProcess], at moment: Moment) {
        let living = found.filter { $0.exit == nil }.sorted { $0.life < $1.life }
        for double in living.dropLast() {
            turn.actions.append(.killStray(double.worker, life: double.life, double.process))
        }
        if let process = living.last {
            adopt(index, process, at: moment)
        } else {
            lose(index, found.max { $0.life < $1.life }, at: moment)
        }
    }

    private mutating func adopt(_ index: Int, _ process: KnownProcess, at moment: Moment) {
        let before = state.workers[index]
        let isNew = before.machine.life != process.life || before.machine.phase.process != process.process
        let spec = state.spec(of: process.generation)
        let address = addressRule(spec, process.worker)
        let actions = update(index) { slot, _ in
            if isNew {
                slot.processGeneration = process.generation
                slot.address = address
            }
            return slot.machine.adopt(process.process, life: process.life, rules: spec.worker, now: moment.now)
        }
        follow(index, actions, from: before, at: moment)
    }

    private mutating func lose(_ index: Int, _ ended: KnownProcess?, at moment: Moment) {
        if beginning == .cold {
            let before = state.workers[index]
            update(index) { slot, _ in
                slot.machine.rest(after: ended)
                slot.quieten()
            }
            tellExit(index, before, at: moment)
            return
        }
        if let ended, ended.life > state.workers[index].machine.life {
            // It was started and ended after the state was last written.
            update(index) { slot, _ in
                slot.machine.life = ended.life
                slot.machine.ending = slot.machine.goal == .down ? .stop : nil
                slot.machine.phase = .starting(ended.process, since: moment.now, until: moment.now)
            }
        }
        let before = state.workers[index]
        let exit = ended?.life == before.machine.life ? ended?.exit : nil
        let rules = state.spec(of: before.rulesGeneration).worker
        let actions = update(index) { slot, random in
            slot.machine.lost(exit: exit, rules: rules, now: moment.now, random: &random)
        }
        follow(index, actions, from: before, at: moment)
    }

    /// Starts what is to be up at a cold beginning; lets the probes and counts of the others go on.
    private mutating func wake(_ index: Int, at moment: Moment) {
        let slot = state.workers[index]
        if beginning == .cold, slot.machine.goal == .up, slot.machine.phase == .stopped {
            drive(index, .start, at: moment)
            return
        }
        let spec = state.spec(of: slot.rulesGeneration)
        update(index) { slot, random in
            slot.leftRotation = nil
            slot.health.restore(rules: spec.health, now: moment.now, random: &random)
            if slot.isEmptying { slot.countDue = moment.now }
        }
        // It runs, though it is not to: it was adopted, or the profile no longer starts it.
        if slot.machine.goal == .down, slot.machine.ending == nil { drive(index, .stop(force: false), at: moment) }
    }

    private mutating func clamp(_ index: Int, at moment: Moment) {
        let spec = state.spec(of: state.workers[index].rulesGeneration)
        update(index) { slot, _ in
            slot.machine.clampInstants(rules: spec.worker, now: moment.now)
            slot.ejection.clamp(policy: spec.balance.ejection, now: moment.now)
            if slot.watchdogDue != nil { slot.watchdogDue = spec.worker.watchdog.map { moment.now + $0 } }
        }
    }

    /// At a start of the daemon: the profile rules; who was stopped by hand stays so, the others start as it says.
    ///
    /// Processes that live were left by a keeper that was killed. What they were told by hand still holds.
    mutating func renew(_ spec: PoolSpec, at moment: Moment) {
        let living = Set(known.filter { $0.exit == nil }.map(\.worker))
        for index in state.unfinished.indices {
            let why = living.isEmpty ? "the daemon was stopped" : "the daemon was killed"
            state.unfinished[index].abandon(why, at: moment)
            state.finished.append(state.unfinished[index].operation)
        }
        state.finished.removeFirst(max(0, state.finished.count - PoolState.finishedMax))
        state.unfinished = []
        state.isShuttingDown = false
        state.recycling = nil
        let numbers = Set(state.workers.isEmpty ? spec.workerIDs.map(\.number) : self.numbers(for: spec))
        if spec != state.spec {
            takeWeights(of: spec.balance)
            state.others.append(state.current)
            state.current = PoolState.Version(generation: state.nextGeneration, spec: spec)
            state.nextGeneration += 1
        }
        for number in numbers.sorted() {
            _ = insert(WorkerID(pool: spec.name, number: number), state.generation, at: moment)
        }
        for index in state.workers.indices {
            let generation = state.generation
            update(index) { slot, _ in
                slot.generation = generation
                slot.isSurge = false
                slot.isRetiring = !numbers.contains(slot.id.number)
                let wasStarted = living.contains(slot.id) && slot.machine.goal == .up
                let isWanted = spec.worker.autostart || wasStarted
                let isUp = isWanted && slot.stoppedBy == nil && !slot.isRetiring
                slot.machine.beginAnew(goal: isUp ? .up : .down)
            }
        }
        turn = Turn()
    }
}
