import PoolCore
import PoolModel
import Testing

/// Rolling restarts, deploys and applied profiles.
@Suite struct RollTests {
    private typealias Scene = ScenarioTests

    static func deploy(_ command: String, _ policy: RollPolicy = RollPolicy()) -> PoolCommand {
        var spec = Scene.spec()
        spec.worker.command = [command]
        return .deploy(spec, policy)
    }

    // MARK: Rolls

    @Test func rollTakesOneAtATime() throws {
        var pool = try Scene.pool()
        var least = 4
        let id = try pool.submit(.roll(RollPolicy()))
        try pool.run(for: .seconds(60)) { pool in
            least = min(least, pool.routable.count)
            return pool.operation(id).state.isFinished
        }
        #expect(least == 3)
        #expect(pool.operation(id).state == .succeeded)
        #expect(pool.machine.state.workers.allSatisfy { $0.machine.life == 2 && $0.machine.restarts == 0 })
    }

    @Test func surgeKeepsAllAndLeavesAgain() throws {
        var pool = try Scene.pool(workers: 1)
        var policy = RollPolicy()
        policy.surge = 1
        policy.unavailableMax = 0
        var least = 1
        let id = try pool.submit(.roll(policy))
        try pool.run(for: .seconds(60)) { pool in
            least = min(least, pool.routable.count)
            return pool.operation(id).state.isFinished
        }
        #expect(least == 1)
        #expect(pool.operation(id).state == .succeeded)
        #expect(pool.numbers == [1])
        #expect(pool.released == [Scene.id(2)])
    }

    @Test func batchAndMaxUnavailableSetThePace() throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.batch = 3
        policy.unavailableMax = 2
        var least = 4
        let id = try pool.submit(.roll(policy))
        try pool.run(for: .seconds(60)) { pool in
            least = min(least, pool.routable.count)
            return pool.operation(id).state.isFinished
        }
        #expect(least == 2)
    }

    @Test func deployMovesAllToTheNewGeneration() throws {
        var pool = try Scene.pool()
        let operation = try pool.finish(RollTests.deploy("better"))
        #expect(operation.state == .succeeded)
        #expect(operation.result == "generation 2 runs; 4 workers")
        #expect(pool.machine.state.workers.allSatisfy { $0.processGeneration == 2 && $0.generation == 2 })
        #expect(pool.machine.spec.worker.command == ["better"])
        #expect(pool.machine.state.others.isEmpty, "nobody needs the old profile")
    }

    @Test func failedDeployIsRolledBack() throws {
        var pool = try Scene.pool()
        var least = 4
        let id = try pool.submit(RollTests.deploy("bad"))
        try pool.run(for: .seconds(300)) { pool in
            least = min(least, pool.routable.count)
            return pool.operation(id).state.isFinished
        }
        let operation = pool.operation(id)
        #expect(operation.state == .rolledBack)
        #expect(operation.result?.hasPrefix("rolled back 1 of 4 workers: p_1: start 1 of 5 failed: ") == true)
        #expect(operation.steps.map(\.state) == [.failed, .cancelled, .cancelled, .cancelled, .succeeded])
        #expect(least == 3)
        #expect(pool.routable == [1, 2, 3, 4])
        #expect(pool.machine.state.generation == 1)
        #expect(pool.machine.spec.worker.command == ["good"])
        #expect(pool.machine.state.workers.map(\.machine.life) == [3, 1, 1, 1])
    }

    @Test func failedDeployWithoutRollBackStops() throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.rollsBack = false
        let operation = try pool.finish(RollTests.deploy("bad", policy))
        #expect(operation.state == .failed)
        #expect(pool.routable == [2, 3, 4])
        #expect(pool.machine.state.generation == 2)
        #expect(pool.status(2).reason == "stale: runs generation 1, the pool's is 2")
    }

    @Test func canaryGoesAloneAndIsWatched() throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.canary = 1
        policy.bake = .seconds(20)
        let id = try pool.submit(RollTests.deploy("better", policy))
        try pool.run(for: .seconds(15))
        #expect(pool.machine.state.workers.map(\.processGeneration) == [2, 1, 1, 1])
        #expect(pool.operation(id).state == .running)
        try pool.run(for: .seconds(15))
        #expect(pool.operation(id).state == .succeeded)
    }

    @Test func canaryThatFailsRequestsIsRolledBack() throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.canary = 1
        policy.bake = .seconds(20)
        policy.failureShareMax = 0.05
        try pool.deliver(.sampled(Scene.id(1), life: 1, WorkerSample(requests: 1000, failures: 500, rssBytes: 0)))
        let id = try pool.submit(RollTests.deploy("better", policy))
        try pool.run(for: .seconds(5)) { $0.status(1).life == 2 && $0.status(1).isRoutable }
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 1000, failures: 500, rssBytes: 0)))
        try pool.run(for: .seconds(5))
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 1100, failures: 510, rssBytes: 0)))
        try pool.run(for: .seconds(10)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack)
        #expect(pool.operation(id).result?.hasSuffix("canaries failed 10 of 100 requests") == true)
        #expect(pool.status(1).generation == 1)
    }

    @Test func ejectedCanaryIsRolledBackThoughItFailsFewRequests() throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.canary = 1
        policy.bake = .seconds(60)
        policy.failureShareMax = 0.5
        let id = try pool.submit(RollTests.deploy("better", policy))
        try pool.run(for: .seconds(5)) { $0.status(1).life == 2 && $0.status(1).isRoutable }
        try pool.run(for: .seconds(5))
        try pool.deliver(.suspected(Scene.id(1), life: 2, failures: 5, detail: "HTTP 500"))
        try pool.run(for: .seconds(20)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack)
        #expect(pool.operation(id).result?.contains("canary p_1: ejected") == true, "\(pool.operation(id))")
        #expect(pool.status(1).generation == 1)
    }

    @Test func liveTrafficOfReplacedWorkersGatesTheDeploy() throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.failureShareMax = 0.05
        let id = try pool.submit(RollTests.deploy("better", policy))
        try pool.run(for: .seconds(60)) { $0.operation(id).steps[0].state == .succeeded }
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 0, failures: 0, rssBytes: 0)))
        // Too few requests to say anything of them.
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 19, failures: 19, rssBytes: 0)))
        #expect(pool.operation(id).state == .running)
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 40, failures: 19, rssBytes: 0)))
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack)
        #expect(pool.operation(id).result?.contains("new workers failed") == true, "\(pool.operation(id))")
        #expect(pool.machine.state.workers.allSatisfy { $0.processGeneration == 1 })
        #expect(pool.routable == [1, 2, 3, 4])
    }

    @Test func aDryRunIsTold() throws {
        var pool = try Scene.pool()
        var spec = pool.machine.spec
        spec.scale.auto = .dryRun
        spec.scale.max = 5
        _ = try pool.finish(.apply(spec, RollPolicy()))
        var texts: [String] = []
        // Longer than `grow_after`, not as long as the rest after a decision.
        let end = pool.world.now + .seconds(30)
        while pool.world.now < end {
            try pool.run(for: .seconds(1))
            let (decision, actions) = pool.machine.considerScaling(queued: 7, busy: 1, at: pool.world.moment)
            #expect(decision == nil)
            for case .emit(let event) in actions { texts.append(event.message) }
        }
        #expect(texts == ["would scale p from 4 to 5 workers: 7 requests wait for 10 s (dry run)"])
        #expect(pool.machine.state.workers.count == 4)
    }

    @Test func anOperationHasTheSay() throws {
        var pool = try Scene.pool()
        var spec = pool.machine.spec
        spec.scale.auto = .on
        spec.scale.max = 5
        _ = try pool.finish(.apply(spec, RollPolicy()))
        _ = try pool.submit(.roll(RollPolicy()))
        for _ in 0..<3 {
            #expect(pool.machine.considerScaling(queued: 7, busy: 1, at: pool.world.moment).decision == nil)
        }
    }

    @Test func pausedRollWaitsAndGoesOn() throws {
        var pool = try Scene.pool()
        let id = try pool.submit(.roll(RollPolicy()))
        try pool.perform(pool.machine.pause(id, at: pool.world.moment))
        try pool.run(for: .seconds(60))
        #expect(pool.operation(id).state == .paused)
        #expect(pool.machine.state.workers.map(\.machine.life) == [2, 1, 1, 1], "what was under way is finished")
        try pool.managerDies()
        #expect(pool.operation(id).state == .paused)
        try pool.perform(pool.machine.unpause(id, at: pool.world.moment))
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .succeeded)
    }

    @Test(arguments: [true, false]) func failedWorkersAreRestartedWhileARollWaits(isPaused: Bool) throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.canary = 1
        policy.bake = .seconds(600)
        let id = try pool.submit(.roll(policy))
        if isPaused { try pool.perform(pool.machine.pause(id, at: pool.world.moment)) }
        try pool.run(for: .seconds(5))
        #expect(pool.operation(id).steps[0].state == .succeeded)
        let process = try #require(pool.world.process(Scene.id(3), 1))
        pool.world.processes[process.identity]?.isHanging = true
        try pool.run(for: .seconds(150))
        #expect(pool.operation(id).state == (isPaused ? .paused : .running))
        #expect(pool.status(3).life == 2)
        #expect(pool.routable == [1, 2, 3, 4])
    }

    @Test func aPauseDoesNotHoldTheWayBack() throws {
        var pool = try Scene.pool()
        var policy = RollPolicy()
        policy.failureShareMax = 0.05
        let id = try pool.submit(RollTests.deploy("better", policy))
        try pool.run(for: .seconds(60)) { $0.operation(id).steps[0].state == .succeeded }
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 0, failures: 0, rssBytes: 0)))
        try pool.perform(pool.machine.pause(id, at: pool.world.moment))
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 40, failures: 19, rssBytes: 0)))
        #expect(pool.operation(id).state == .running, "\(pool.operation(id))")
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack)
    }

    @Test func cancelledDeployIsRolledBack() throws {
        var pool = try Scene.pool()
        let id = try pool.submit(RollTests.deploy("better"))
        try pool.run(for: .seconds(60)) { $0.status(2).life == 2 }
        try pool.perform(pool.machine.cancel(id, actor: "bob", at: pool.world.moment))
        try pool.run(for: .seconds(60)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack)
        #expect(pool.operation(id).result == "rolled back 2 of 4 workers: cancelled by bob")
        #expect(pool.machine.state.workers.allSatisfy { $0.processGeneration == 1 })
        #expect(pool.routable == [1, 2, 3, 4])
    }

    @Test func rollWithoutEnoughWorkersSaysSo() throws {
        var pool = try Scene.pool()
        _ = try pool.finish(.drain([Scene.id(1)]))
        _ = try pool.finish(.resume([Scene.id(1)]))
        let id = try pool.submit(.roll(RollPolicy()))
        try pool.run(for: .milliseconds(1))
        _ = try pool.submit(.maintenance([Scene.id(3), Scene.id(4)]))
        try pool.run(for: .seconds(600)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .failed)
        #expect(pool.operation(id).result == "only 2 workers are routable; 3 must stay so")
    }

    // MARK: Profiles

    @Test func applyOfLiveSettingsRestartsNobody() throws {
        var pool = try Scene.pool()
        var spec = Scene.spec()
        spec.health.interval = .seconds(1)
        spec.worker.stopTimeout = .seconds(3)
        let plan = pool.machine.plan(for: spec)
        #expect(plan.items.allSatisfy { $0.effect == .live && $0.reasons == ["worker (supervision)", "health"] })
        #expect(try pool.finish(.apply(spec, RollPolicy())).state == .succeeded)
        #expect(pool.machine.state.workers.allSatisfy { $0.machine.life == 1 && $0.processGeneration == 2 })
        #expect(pool.status(1).reason == nil)
        #expect(pool.machine.spec == spec)
    }

    @Test func applyOfTheSameChangesNothing() throws {
        var pool = try Scene.pool()
        #expect(pool.machine.plan(for: Scene.spec()).items.allSatisfy { $0.effect == .nothing })
        #expect(try pool.finish(.apply(Scene.spec(), RollPolicy())).state == .succeeded)
        #expect(pool.machine.state.workers.allSatisfy { $0.machine.life == 1 })
    }

    @Test func applyStartsRestartsAndStops() throws {
        var pool = try Scene.pool()
        var spec = Scene.spec(workers: 2)
        spec.first = 4
        spec.worker.environment = ["A": "1"]
        let plan = pool.machine.plan(for: spec)
        #expect(plan.items.map(\.worker.number) == [1, 2, 3, 4, 5])
        #expect(plan.items.map(\.effect) == [.stop, .stop, .stop, .restart, .start])
        #expect(plan.items[3].reasons == ["worker.environment"])
        #expect(try pool.finish(.apply(spec, RollPolicy())).state == .succeeded)
        #expect(pool.numbers == [4, 5])
        #expect(pool.routable == [4, 5])
        #expect(Set(pool.released) == [Scene.id(1), Scene.id(2), Scene.id(3)])
    }

    @Test func badApplyLeavesThePoolAsItWas() throws {
        var pool = try Scene.pool()
        var spec = Scene.spec(workers: 6)
        spec.worker.command = ["bad"]
        #expect(try pool.finish(.apply(spec, RollPolicy())).state == .rolledBack)
        #expect(pool.numbers == [1, 2, 3, 4])
        #expect(pool.routable == [1, 2, 3, 4])
        #expect(pool.machine.spec == Scene.spec())
    }
}
