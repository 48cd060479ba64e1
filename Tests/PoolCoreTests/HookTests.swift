import PoolCore
import PoolModel
import Testing

/// Hooks before and after start, stop and roll: what waits for them, and what their failure means.
@Suite struct HookTests {
    private typealias Scene = ScenarioTests

    private static func pool(workers: Int = 2, failing: Set<Hook> = []) throws -> PoolSimulation {
        var spec = Scene.spec(workers: workers)
        spec.hooks.beforeStart = ["hook"]
        spec.hooks.afterStart = ["hook"]
        spec.hooks.beforeStop = ["hook"]
        spec.hooks.afterStop = ["hook"]
        spec.hooks.beforeRoll = ["hook"]
        spec.hooks.afterRoll = ["hook"]
        var pool = try PoolSimulation(spec: spec)
        try pool.run(for: .seconds(20)) { $0.routable.count == workers && $0.machine.state.hooks?.runs.isEmpty == true }
        #expect(pool.hooksRun.map(\.hook).count { $0 == .beforeStart } == workers)
        pool.hooksRun = []
        pool.failingHooks = failing
        return pool
    }

    private func hooks(_ pool: PoolSimulation) -> [Hook] { pool.hooksRun.map(\.hook) }
    private func life(_ pool: PoolSimulation, _ number: Int) -> Life { pool.status(number).life }

    @Test func aRollRunsThemAllInTheirOrder() throws {
        var pool = try Self.pool()
        let operation = try pool.finish(.roll(RollPolicy()))
        #expect(operation.state == .succeeded)
        let worker: [Hook] = [.beforeStop, .afterStop, .beforeStart, .afterStart]
        #expect(hooks(pool) == [.beforeRoll] + worker + worker + [.afterRoll])
        #expect(operation.hooks?.map(\.hook) == [.beforeRoll, .afterRoll])
        #expect(operation.hooks?.allSatisfy { $0.state == .succeeded } == true)
    }

    @Test func aFailureBeforeTheStartIsAFailedStart() throws {
        var pool = try Self.pool(failing: [.beforeStart])
        _ = try pool.submit(.restart([Scene.id(1)], .together(force: false)))
        try pool.run(for: .seconds(5)) { $0.status(1).state == .backoff }
        #expect(pool.status(1).lastExit == .hookFailed(detail: "before_start hook: exit status 1"))
        try pool.run(for: .seconds(60)) { $0.status(1).state == .fatal }
        #expect(pool.status(1).state == .fatal)
        pool.failingHooks = []
        #expect(try pool.finish(.start([Scene.id(1)])).state == .succeeded)
    }

    @Test func aFailureBeforeTheStopRefusesIt() throws {
        var pool = try Self.pool(failing: [.beforeStop])
        let before = life(pool, 1)
        for command in [PoolCommand.stop([Scene.id(1)], force: false), .scale(to: 1, .oldest)] {
            let operation = try pool.finish(command)
            #expect(operation.state == .failed)
            #expect(operation.steps[0].detail == "before_stop hook: exit status 1")
            #expect(pool.routable == [1, 2])
        }
        #expect(life(pool, 1) == before)
        #expect(try pool.finish(.stop([Scene.id(1)], force: true)).state == .succeeded, "who forces it asks nobody")
    }

    @Test func aRefusedStepEndsARollAndNothingIsUndone() throws {
        var pool = try Self.pool(failing: [.beforeStop])
        let operation = try pool.finish(RollTests.deploy("good"))
        #expect(operation.state == .rolledBack || operation.state == .failed)
        #expect(operation.result?.contains("before_stop hook: exit status 1") == true, "\(operation)")
        #expect(pool.routable == [1, 2])
        #expect(hooks(pool).filter { $0 == .beforeStop }.count == 1, "the one that was refused is not asked again")
    }

    @Test func aFailureBeforeTheRollBeginsNothing() throws {
        var pool = try Self.pool(failing: [.beforeRoll])
        let operation = try pool.finish(.roll(RollPolicy()))
        #expect(operation.state == .failed)
        #expect(operation.result == "before_roll hook: exit status 1; nothing was begun")
        #expect(hooks(pool) == [.beforeRoll])
        #expect(operation.steps.allSatisfy { $0.state == .cancelled })
    }

    @Test(arguments: [Hook.afterStart, .afterStop, .afterRoll])
    func aFailureAfterAStepTurnsADeployBack(_ hook: Hook) throws {
        var pool = try Self.pool(failing: [hook])
        let generation = pool.machine.state.generation
        var spec = pool.machine.spec
        spec.worker.environment["N"] = "2"
        let id = try pool.submit(.deploy(spec, RollPolicy()))
        try pool.run(for: .seconds(60)) {
            $0.operation(id).result != nil || !$0.operation(id).steps.allSatisfy { $0.state != .failed }
                || $0.operation(id).hooks?.last?.state == .failed
        }
        pool.failingHooks = []
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack, "\(pool.operation(id))")
        #expect(pool.operation(id).result?.contains("\(hook.rawValue) hook: exit status 1") == true)
        #expect(pool.machine.state.generation == generation)
        #expect(pool.routable == [1, 2])
    }

    // MARK: Pools that get smaller

    private static func shrunk(_ pool: PoolSimulation, isDeploy: Bool = true) -> PoolCommand {
        var spec = pool.machine.spec
        spec.workers = 1
        return isDeploy ? .deploy(spec, RollPolicy()) : .apply(spec, RollPolicy())
    }

    @Test func aPoolThatShrankGetsItsWorkersBack() throws {
        var pool = try Self.pool(workers: 3, failing: [.afterRoll])
        let before = pool.world.now
        let operation = try pool.finish(Self.shrunk(pool))
        #expect(operation.state == .rolledBack, "\(operation)")
        #expect(pool.routable == [1, 2, 3])
        #expect(pool.machine.state.workers.allSatisfy { $0.processGeneration == 1 && $0.generation == 1 })
        #expect(pool.machine.state.generation == 1)
        #expect(pool.world.now - before < .seconds(20), "nothing is waited for that cannot come")
    }

    @Test func aCancelAfterThePoolShrankBringsItsWorkersBack() throws {
        var pool = try Self.pool(workers: 3)
        pool.hookDurations[.afterRoll] = .seconds(5)
        let id = try pool.submit(Self.shrunk(pool))
        try pool.run(for: .seconds(60)) { $0.machine.state.hooks?.runs.first?.hook == .afterRoll }
        #expect(pool.numbers == [1])
        try pool.perform(pool.machine.cancel(id, actor: "ann", at: pool.world.moment))
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack, "\(pool.operation(id))")
        #expect(pool.routable == [1, 2, 3])
        #expect(pool.machine.state.workers.allSatisfy { $0.processGeneration == 1 })
    }

    @Test(arguments: [Hook.beforeStop, .afterStop]) func aWorkerThatMayNotLeaveStays(_ hook: Hook) throws {
        var pool = try Self.pool(workers: 3, failing: [hook])
        let operation = try pool.finish(Self.shrunk(pool, isDeploy: false))
        #expect(operation.state == .rolledBack || operation.state == .failed, "\(operation)")
        #expect(operation.result?.contains("rolling back failed") == false, "\(operation)")
        #expect(pool.routable == [1, 2, 3])
        #expect(pool.machine.state.generation == 1)
    }

    // MARK: Orders that wait

    @Test func aCancelledStopIsNotDoneByItsHook() throws {
        for isStarted in [false, true] {
            var pool = try Self.pool()
            pool.hookDurations[.beforeStop] = .seconds(5)
            let stop = try pool.submit(.stop([Scene.id(1)], force: false))
            #expect(pool.machine.state.hooks?.runs.map(\.hook) == [.beforeStop])
            try pool.perform(try pool.machine.cancel(stop, actor: "ann", at: pool.world.moment))
            if isStarted { #expect(try pool.finish(.start([Scene.id(1)])).state == .succeeded) }
            try pool.run(for: .seconds(20))
            #expect(pool.machine.state.hooks?.runs.isEmpty == true)
            #expect(pool.routable == [1, 2])
            #expect(life(pool, 1) == 1)
        }
    }

    @Test func theNextProcessHasItsOwnHook() throws {
        var spec = Scene.spec(workers: 1)
        spec.hooks.afterStart = ["hook"]
        var pool = try PoolSimulation(spec: spec)
        pool.hookDurations[.afterStart] = .seconds(30)
        try pool.run(for: .seconds(5)) { $0.machine.state.hooks?.runs.isEmpty == false }
        for life in 1...3 as ClosedRange<Life> {
            let process = try #require(pool.world.process(Scene.id(1), life))
            pool.end(process.identity, .exited(code: 1))
            try pool.run(for: .seconds(20)) { $0.status(1).life == life + 1 && $0.status(1).isRoutable }
        }
        #expect(pool.machine.state.hooks?.runs.count == 2, "one runs, and one waits for the process that there is")
        try pool.run(for: .seconds(90)) { $0.machine.state.hooks?.runs.isEmpty == true }
        #expect(pool.hooksRun.map(\.subject) == [.worker(Scene.id(1), life: 1), .worker(Scene.id(1), life: 4)])
    }

    @Test func aShutdownIsNotRefused() throws {
        var pool = try Self.pool(failing: [.beforeStop, .afterStop])
        #expect(try pool.finish(.shutdown(force: false)).state == .succeeded)
        #expect(pool.machine.isShutDown)
        #expect(Set(hooks(pool)) == [.beforeStop, .afterStop])
    }

    @Test func aStopThatComesDuringTheHookCallsTheStartOff() throws {
        var pool = try Self.pool()
        #expect(try pool.finish(.stop([Scene.id(1)], force: false)).state == .succeeded)
        let before = pool.world.processes.count
        _ = try pool.submit(.start([Scene.id(1)]))
        #expect(pool.machine.state.hooks?.runs.map(\.hook) == [.beforeStart])
        let start = pool.operation(OperationID(number: pool.operationsMade))
        try pool.perform(try pool.machine.cancel(start.id, actor: "ann", at: pool.world.moment))
        #expect(try pool.finish(.stop([Scene.id(1)], force: false)).state == .succeeded)
        try pool.run(for: .seconds(2))
        #expect(pool.status(1).state == .stopped)
        #expect(pool.world.processes.count == before)
    }

    @Test func theNextManagerRunsThemAgain() throws {
        var pool = try Self.pool()
        let id = try pool.submit(.roll(RollPolicy()))
        for hook in [Hook.beforeRoll, .beforeStop, .afterStop, .beforeStart, .afterStart] {
            try pool.run(for: .seconds(30)) { $0.machine.state.hooks?.runs.first?.hook == hook }
            #expect(pool.machine.state.hooks?.runs.first?.hook == hook)
            pool.world.saved = pool.machine.state
            try pool.managerDiesAlone()
        }
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .succeeded, "\(pool.operation(id))")
        #expect(hooks(pool).filter { $0 == .beforeRoll }.count == 2)
    }
}
