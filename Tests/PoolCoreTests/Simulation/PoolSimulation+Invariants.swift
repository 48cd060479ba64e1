import PoolCore
import PoolModel

/// What must hold at every step.
///
/// 1. Never two living processes of one worker (checked at each spawn).
/// 2. Only RUNNING, ready, healthy workers are routed to.
/// 3. A process that was in the rotation is not told to end while it has requests, unless the drain limit is over or
///    somebody said not to wait.
/// 4. A failed start is not repeated before its back-off, and FATAL not left, unless somebody asks.
/// 5. While a roll goes on, it takes no routable worker out where fewer than promised would be left.
/// 6. What the machine holds for living has not ended unnoticed.
/// 7. A process is never asked for before the hook before its start has succeeded.
/// 8. In the end: every operation has ended, every worker that is to be up and can be is routable, and a shutdown
///    leaves no process.
extension PoolSimulation {
    func checkRoutes(_ routes: PoolRoutes) throws {
        for route in routes.workers where route.isRoutable {
            guard let slot = machine.state.workers.first(where: { $0.id == route.id }) else {
                throw Violation(description: "\(route.id) is routed to, but is no worker")
            }
            guard slot.isRoutable, slot.machine.life == route.life else {
                let phase = slot.machine.phase
                throw Violation(description: "\(route.id) is routed to while \(phase) \(slot.health.health)")
            }
        }
    }

    /// The first stop signal of a process that served requests.
    func checkDrained(_ process: FakeProcess) throws {
        guard process.inFlight > 0, !process.isAsked, !process.isHanging, !forced.contains(process.worker) else {
            return
        }
        let limit = machine.state.spec(of: process.generation).worker.drainTimeout
        let since = drainingSince[process.worker] ?? world.now
        if limit > .zero, world.now - since < limit {
            throw Violation(
                description: "\(process.worker) gets TERM with \(process.inFlight) requests in flight"
                    + " after \(world.now - since) of draining"
            )
        }
    }

    mutating func checkPolicy(_ worker: WorkerID) throws {
        // An operation may start it again at any time.
        guard let failedAt = failures.removeValue(forKey: worker), operationsMade == 0 else { return }
        if world.now - failedAt < machine.spec.worker.backoff.initial {
            throw Violation(description: "\(worker) is started again \(world.now - failedAt) after a failed start")
        }
    }

    func checkPrepared(_ worker: WorkerID, _ life: Life, _ generation: Generation) throws {
        guard !machine.spec(of: generation).hooks.beforeStart.isEmpty, !prepared.contains("\(worker) \(life)") else {
            return
        }
        throw Violation(description: "\(worker) life \(life) is started before its hook has succeeded")
    }

    /// Compares the workers before and after a turn.
    mutating func checkTurn(from before: PoolState, _ actions: [PoolAction]) throws {
        for slot in machine.state.workers {
            guard let index = before.index(of: slot.id) else { continue }
            let was = before.workers[index].machine
            if case .draining = slot.machine.phase, was.phase != slot.machine.phase {
                drainingSince[slot.id] = world.now
            }
            if was.failedStarts < slot.machine.failedStarts { failures[slot.id] = world.now }
            if was.phase == .fatal, slot.machine.phase == .spawning, operationsMade == 0 {
                throw Violation(description: "\(slot.id) left FATAL by itself")
            }
            if let process = slot.machine.phase.process, world.processes[process] == nil {
                throw Violation(description: "\(slot.id) has \(process), which never was")
            }
        }
        let unhealthy = actions.compactMap { action -> WorkerID? in
            guard case .emit(let event) = action, event.kind == .health else { return nil }
            return event.message.contains("is unhealthy") ? event.worker : nil
        }
        try checkPromise(from: before, exempt: unhealthy)
    }

    /// - Parameter unhealthy: workers that this very turn has found to be so, before the roll took them.
    private func checkPromise(from before: PoolState, exempt unhealthy: [WorkerID]) throws {
        for operation in machine.state.unfinished where operation.policy != nil {
            let taken = machine.state.workers.filter { slot in
                guard let index = before.index(of: slot.id), before.workers[index].isRoutable, !slot.isRoutable,
                    slot.machine.phase.process == before.workers[index].machine.phase.process,
                    !unhealthy.contains(slot.id), slot.admin == .ready, case .restart(let why) = slot.machine.ending
                else { return false }
                return why.contains("(\(operation.id))")
            }
            let left = machine.state.workers.count { $0.isRoutable }
            var promised = operation.plan.routableMin
            if operation.stage == .back, let policy = operation.policy {
                // Who has failed for good cannot be waited for.
                let hopeful = before.workers.count { slot in
                    !slot.isSurge && !slot.isRetiring && slot.machine.goal == .up && slot.admin == .ready
                        && slot.machine.phase != .fatal && slot.machine.phase != .exited
                }
                promised = min(promised, max(0, hopeful - policy.unavailableMax))
            }
            if !taken.isEmpty, left < promised {
                throw Violation(
                    description: "\(operation.id) took \(taken.map(\.id)): \(left) are left,"
                        + " \(promised) were promised"
                )
            }
        }
    }

    // MARK: The end

    /// No more trouble: everything must come to rest, and then to its end.
    mutating func calmDown() throws {
        isQuiet = true
        world.isCalm = true
        for operation in machine.state.unfinished where operation.isPaused {
            if let actions = try? machine.unpause(operation.id, at: world.moment) { try perform(actions) }
        }
        try run(for: .seconds(1500)) { $0.machine.state.unfinished.isEmpty }
        // The longest chain from here: unhealthy for 30 s, drain, stop signals, KILL, a slow start, its back-off.
        try run(for: .seconds(120)) { $0.isAtRest }
        if let operation = machine.state.unfinished.first {
            throw Violation(description: "\(operation.operation) has not ended; stage \(operation.stage)")
        }
        // A manager may die between writing a result down and telling it: what is written counts.
        let written = Dictionary(uniqueKeysWithValues: machine.operations.map { ($0.id, $0) })
        for operation in operations.values where !(written[operation.id] ?? operation).state.isFinished {
            throw Violation(description: "\(operation.id) is still \(operation.state)")
        }
        try checkRest()
        forced = Set(machine.state.workers.map(\.id))
        let id = OperationID(number: operationsMade + 1)
        let request = OperationRequest(id: id, command: .shutdown(force: false), actor: "sim")
        try perform(submitting(request).get())
        try run(for: .seconds(60)) { $0.machine.isShutDown }
        guard machine.isShutDown else { throw Violation(description: "the shutdown does not end") }
        let left = world.processes.values.filter(\.isAlive)
        guard left.isEmpty else { throw Violation(description: "left after the shutdown: \(left)") }
        guard operations[id]?.state == .succeeded else { throw Violation(description: "the shutdown failed") }
    }

    /// Lets time go by, at most so long, until something has come about.
    mutating func run(for duration: Duration, until isDone: (PoolSimulation) -> Bool = { _ in false }) throws {
        let end = world.now + duration
        while world.now < end, world.hasMore, !isDone(self) { try step() }
    }

    private var isAtRest: Bool {
        machine.state.workers.allSatisfy { slot in
            switch slot.machine.phase {
            case .running: slot.isInRotation || slot.admin != .ready
            case .stopped, .exited, .fatal: true
            case .spawning, .starting, .draining, .terminating, .backingOff: false
            }
        }
    }

    private func checkRest() throws {
        let isBad =
            machine.state.others.contains { $0.spec.worker.command == ["bad"] }
            || machine.spec.worker.command == ["bad"]
        for status in machine.snapshot(at: world.moment) {
            switch status.state {
            case .running:
                if status.admin == .ready, !status.isRoutable, status.ejectedUntil == nil, status.reason == nil {
                    throw Violation(description: "\(status.id) runs, is not routable, and nobody says why")
                }
                guard let process = status.process, world.processes[process]?.isAlive == true else {
                    throw Violation(description: "\(status.id) is RUNNING without a process")
                }
            case .stopped, .fatal, .exited: break
            case .starting, .stopping, .backoff:
                if !isBad { throw Violation(description: "\(status.id) does not come to rest: \(status)") }
            }
        }
    }
}
