import PoolCore
import PoolModel

/// What people do to the pool while it is simulated.
extension PoolSimulation {
    mutating func submit() throws {
        operationsMade += 1
        let request = OperationRequest(id: OperationID(number: operationsMade), command: command(), actor: "sim")
        let before = machine.state
        switch submitting(request) {
        case .success(let actions):
            noteIntent(request.command)
            try checkTurn(from: before, actions)
            try perform(actions)
        case .failure(let error):
            guard machine.state == before else { throw Violation(description: "refused, yet changed: \(error)") }
        }
        if world.chance(0.15), let operation = world.pick(machine.state.unfinished) { try change(operation) }
    }

    /// Cancels, pauses or goes on with an operation; it may be one for which that is refused.
    private mutating func change(_ operation: OperationMachine) throws {
        let before = machine.state
        do throws(PoolError) {
            let actions: [PoolAction]
            switch world.pick([0, 1, 2]) {
            case 0: actions = try machine.cancel(operation.id, actor: "sim", at: world.moment)
            case 1: actions = try machine.pause(operation.id, at: world.moment)
            default: actions = try machine.unpause(operation.id, at: world.moment)
            }
            pending = actions
        } catch {
            pending = []
        }
        try checkTurn(from: before, pending)
        try perform(pending)
        pending = []
    }

    mutating func submitting(_ request: OperationRequest) -> Result<[PoolAction], PoolError> {
        do throws(PoolError) {
            return .success(try machine.submit(request, at: world.moment))
        } catch {
            return .failure(error)
        }
    }

    private mutating func command() -> PoolCommand {
        let workers = some()
        switch Int.random(in: 0..<16, using: &world.random) {
        case 0, 1: return .start(workers)
        case 2: return .stop(workers, force: world.chance(0.3))
        case 3: return .restart(workers, .together(force: world.chance(0.3)))
        case 4: return .restart(workers, .rolling(policy()))
        case 5, 6: return .roll(policy())
        case 7: return .deploy(profile(isBad: false), policy())
        case 8: return .deploy(profile(isBad: true), policy())
        case 9, 10: return .apply(profile(isBad: world.chance(0.3)), policy())
        case 11:
            let count = Int.random(in: 1...6, using: &world.random)
            return .scale(to: count, world.pick(ShrinkOrder.allCases) ?? .oldest)
        case 12: return .drain(workers)
        case 13: return .resume(machine.state.workers.map(\.id))
        case 14: return .maintenance(workers)
        default: return .signal(workers, name: "HUP")
        }
    }

    private mutating func some() -> [WorkerID] {
        let all = machine.state.workers.map(\.id)
        let count = Int.random(in: 1...max(1, all.count), using: &world.random)
        return Array(all.shuffled(using: &world.random).prefix(count))
    }

    private mutating func policy() -> RollPolicy {
        var policy = RollPolicy()
        policy.batch = Int.random(in: 1...3, using: &world.random)
        policy.unavailableMax = Int.random(in: 0...2, using: &world.random)
        policy.surge = Int.random(in: 0...2, using: &world.random)
        policy.canary = Int.random(in: 0...1, using: &world.random)
        policy.bake = world.chance(0.5) ? .seconds(5) : .zero
        policy.rollsBack = world.chance(0.8)
        return policy
    }

    private mutating func profile(isBad: Bool) -> PoolSpec {
        var spec = machine.spec
        spec.worker.command = [isBad ? "bad" : "good"]
        if world.chance(0.5) { spec.worker.environment["N"] = "\(operationsMade)" }
        if world.chance(0.3) { spec.worker.stopTimeout += .seconds(1) }
        if world.chance(0.3) { spec.workers = Int.random(in: 1...5, using: &world.random) }
        return spec
    }

    mutating func noteIntent(_ command: PoolCommand) {
        failures = [:]
        switch command {
        case .stop(let workers, force: true), .restart(let workers, .together(force: true)):
            forced.formUnion(workers)
        case .start, .stop, .restart, .roll, .deploy, .apply, .scale, .drain, .resume, .maintenance, .signal,
            .shutdown:
            break
        }
    }
}
