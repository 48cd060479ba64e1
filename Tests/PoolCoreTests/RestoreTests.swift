import PoolCore
import PoolModel
import Testing

/// A machine that takes over from a state file and the keeper's list.
@Suite struct RestoreTests {
    private typealias Scene = ScenarioTests

    /// What a machine does that begins with this state and these processes.
    private static func begin(
        _ pool: PoolSimulation,
        _ beginning: PoolMachine.Beginning = .warm,
        state: PoolState? = nil,
        known: [KnownProcess]? = nil,
        spec: PoolSpec? = nil
    ) -> (machine: PoolMachine, actions: [PoolAction]) {
        var machine = PoolMachine(
            spec: spec ?? pool.machine.spec,
            state: state ?? pool.machine.state,
            known: known ?? pool.world.known,
            beginning: beginning,
            at: pool.world.moment,
            seed: 2,
            address: PoolSimulation.address
        )
        let actions = machine.begin(at: pool.world.moment)
        return (machine, actions)
    }

    private static func spawns(_ actions: [PoolAction]) -> [WorkerID] {
        actions.compactMap { if case .spawn(let worker, _, _) = $0 { worker } else { nil } }
    }

    private static func routes(_ actions: [PoolAction]) -> PoolRoutes? {
        actions.lazy.compactMap { if case .publishRoutes(let routes, _) = $0 { routes } else { nil } }.first
    }

    @Test func newManagerTouchesNothingThatRuns() throws {
        let pool = try Scene.pool()
        let (machine, actions) = RestoreTests.begin(pool)
        #expect(RestoreTests.spawns(actions) == [])
        #expect(!actions.contains { if case .signal = $0 { true } else { false } })
        #expect(RestoreTests.routes(actions) == pool.world.routes)
        #expect(machine.snapshot(at: pool.world.moment) == pool.machine.snapshot(at: pool.world.moment))
    }

    @Test func processThatEndedMeanwhileIsReplaced() throws {
        var pool = try Scene.pool()
        let process = try #require(pool.status(3).process)
        pool.end(process, .exited(code: 7))
        let (machine, actions) = RestoreTests.begin(pool)
        #expect(RestoreTests.spawns(actions) == [Scene.id(3)])
        #expect(machine.state.workers[2].machine.lastExit == .exited(code: 7))
        #expect(machine.state.workers[2].machine.life == 2)
    }

    @Test func lostExitStatusIsSaidToBeUnknown() throws {
        let pool = try Scene.pool()
        let known = pool.world.known.filter { $0.worker != Scene.id(3) }
        let (machine, actions) = RestoreTests.begin(pool, known: known)
        #expect(RestoreTests.spawns(actions) == [Scene.id(3)])
        #expect(machine.state.workers[2].machine.lastExit == .unknown)
    }

    @Test func spawnInFlightIsAdoptedOrAskedAgainButNeverDoubled() throws {
        var pool = try Scene.pool()
        let process = try #require(pool.status(3).process)
        let exit = PoolMachine.Event.exited(Scene.id(3), life: 1, .exited(code: 1))
        let actions = pool.machine.handle(exit, at: pool.world.moment)
        #expect(actions.contains(.spawn(Scene.id(3), life: 2, generation: 1)))
        pool.world.processes[process] = nil

        // It never reached the keeper.
        let (asked, again) = RestoreTests.begin(pool)
        #expect(RestoreTests.spawns(again) == [Scene.id(3)])
        #expect(asked.state.workers[2].machine.life == 3)
        #expect(asked.state.workers[2].machine.failedStarts == 0)

        // It did; its answer was lost.
        let started = ProcessIdentity(pid: 900, startTicks: 9)
        let known = KnownProcess(worker: Scene.id(3), life: 2, generation: 1, process: started)
        let (adopted, none) = RestoreTests.begin(pool, known: pool.world.known + [known])
        #expect(RestoreTests.spawns(none) == [])
        #expect(adopted.state.workers[2].machine.phase.process == started)
        #expect(adopted.state.workers[2].machine.life == 2)
    }

    @Test func stateOlderThanTheProcessesIsCaughtUpWith() throws {
        var pool = try Scene.pool()
        let old = pool.machine.state
        let process = try #require(pool.status(1).process)
        pool.end(process, .exited(code: 1))
        try pool.run(for: .seconds(1))
        #expect(pool.status(1).life == 2)
        let (machine, actions) = RestoreTests.begin(pool, state: old)
        #expect(RestoreTests.spawns(actions) == [])
        #expect(machine.state.workers[0].machine.life == 2)
        #expect(machine.state.workers[0].machine.phase.state == .starting, "it has to show that it is ready")
    }

    @Test func doubleIsKilledAndStrangerStoppedInGoodOrder() throws {
        let pool = try Scene.pool()
        let double = ProcessIdentity(pid: 901, startTicks: 9)
        let stranger = ProcessIdentity(pid: 902, startTicks: 9)
        let known =
            pool.world.known + [
                KnownProcess(worker: Scene.id(1), life: 0, generation: 1, process: double),
                KnownProcess(worker: Scene.id(8), life: 3, generation: 1, process: stranger),
            ]
        let (machine, actions) = RestoreTests.begin(pool, known: known)
        #expect(actions.contains(.killStray(Scene.id(1), life: 0, double)))
        #expect(machine.snapshot(at: pool.world.moment).last?.state == .stopping)
        #expect(machine.state.workers.last?.isRetiring == true)
    }

    @Test func rollGoesOnUnderTheNextManager() throws {
        var pool = try Scene.pool()
        let id = try pool.submit(.roll(RollPolicy()))
        try pool.run(for: .seconds(60)) { $0.status(2).life == 2 }
        try pool.managerDies()
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .succeeded)
        #expect(pool.machine.state.workers.allSatisfy { $0.machine.life == 2 })
    }

    @Test func startOfTheDaemonKeepsWhatPeopleDecided() throws {
        var pool = try Scene.pool()
        _ = try pool.finish(.stop([Scene.id(2)], force: false))
        _ = try pool.finish(.drain([Scene.id(3)]))
        _ = try pool.finish(.scale(to: 5, .highestNumber))
        let (machine, actions) = RestoreTests.begin(pool, .cold, known: [])
        #expect(RestoreTests.spawns(actions).map(\.number) == [1, 3, 4, 5])
        let statuses = machine.snapshot(at: pool.world.moment)
        #expect(statuses[1].reason == "stopped by ann")
        #expect(statuses[2].admin == .drain)
        #expect(statuses.allSatisfy { $0.restarts == 0 })
        #expect(machine.state.generation == 1)
    }

    @Test func startWithAnotherProfileIsAnotherGeneration() throws {
        let pool = try Scene.pool()
        var spec = Scene.spec(workers: 2)
        spec.worker.command = ["other"]
        let (machine, actions) = RestoreTests.begin(pool, .cold, known: [], spec: spec)
        #expect(RestoreTests.spawns(actions).map(\.number) == [1, 2])
        #expect(machine.state.generation == 2)
        #expect(actions.contains(.spawn(Scene.id(1), life: 2, generation: 2)))
        #expect(actions.contains(.released(Scene.id(4))))
    }

    @Test func keeperDiedWorkersLiveTheyAreAdopted() throws {
        let pool = try Scene.pool()
        let (machine, actions) = RestoreTests.begin(pool, .cold)
        #expect(RestoreTests.spawns(actions) == [])
        #expect(machine.snapshot(at: pool.world.moment).allSatisfy { $0.life == 1 && $0.state == .running })
    }

    @Test func clockThatBeganAnewDoesNotStallAnything() throws {
        var pool = try PoolSimulation(spec: Scene.spec(workers: 1), nature: .crashesAtStart)
        try pool.run(for: .seconds(60)) { $0.states == [.backoff] }
        pool.world.now = .seconds(1)
        try pool.managerDies()
        try pool.run(for: .seconds(61)) { $0.status(1).state == .starting }
        #expect(pool.status(1).state == .starting)
    }
}
