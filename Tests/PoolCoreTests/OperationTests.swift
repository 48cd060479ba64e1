import PoolCore
import PoolModel
import Testing

/// Operations, from the command to the verdict.
@Suite struct OperationTests {
    private typealias Scene = ScenarioTests

    private static func deploy(_ command: String, _ policy: RollPolicy = RollPolicy()) -> PoolCommand {
        var spec = Scene.spec()
        spec.worker.command = [command]
        return .deploy(spec, policy)
    }

    // MARK: Start, stop, restart

    @Test func stopIsRememberedAndSaysWho() throws {
        var pool = try Scene.pool()
        let operation = try pool.finish(.stop([Scene.id(2)], force: false))
        #expect(operation.state == .succeeded)
        #expect(operation.steps == [Operation.Step(worker: Scene.id(2), state: .succeeded, detail: "stopped")])
        #expect(pool.states == [.running, .stopped, .running, .running])
        #expect(pool.status(2).reason == "stopped by ann")
        try pool.managerDies()
        try pool.run(for: .seconds(60))
        #expect(pool.status(2).state == .stopped)
        #expect(try pool.finish(.roll(RollPolicy())).state == .succeeded)
        #expect(pool.status(2).state == .stopped, "a roll leaves alone who was stopped by hand")
    }

    @Test func stopDrainsFirst() throws {
        var pool = try Scene.pool()
        let process = try #require(pool.status(1).process)
        pool.world.processes[process]?.inFlight = 3
        let id = try pool.submit(.stop([Scene.id(1)], force: false))
        try pool.run(for: .seconds(5))
        #expect(pool.status(1).state == .stopping)
        #expect(pool.status(1).reason?.hasPrefix("stopping: 3 requests in flight, until ") == true)
        #expect(pool.world.processes[process]?.isAsked == false)
        pool.world.processes[process]?.inFlight = 0
        try pool.run(for: .seconds(1))
        #expect(pool.operation(id).state == .succeeded)
    }

    @Test func drainLimitEndsTheWait() throws {
        var pool = try Scene.pool()
        let process = try #require(pool.status(1).process)
        pool.world.processes[process]?.inFlight = 1
        let from = pool.world.now
        _ = try pool.finish(.stop([Scene.id(1)], force: false))
        #expect((.seconds(30)..<Duration.seconds(31)).contains(pool.world.now - from))
    }

    @Test func forcedStopDoesNotWait() throws {
        var pool = try Scene.pool()
        let process = try #require(pool.status(1).process)
        pool.world.processes[process]?.inFlight = 1
        let from = pool.world.now
        _ = try pool.finish(.stop([Scene.id(1)], force: true))
        #expect(pool.world.now - from < .seconds(1))
    }

    @Test func countingWaitsForTheProxy() throws {
        var pool = try Scene.pool()
        let actions = try pool.machine.submit(
            OperationRequest(id: OperationID(number: 9), command: .stop([Scene.id(1)], force: false), actor: "ann"),
            at: pool.world.moment
        )
        let revision = actions.compactMap { if case .publishRoutes(_, let revision) = $0 { revision } else { nil } }
        let due = pool.machine.handle(.deadlineReached, at: pool.world.moment)
        #expect(!due.contains(.checkInFlight(Scene.id(1), life: 1)), "a proxy may still send it requests")
        #expect(pool.machine.handle(.inFlight(Scene.id(1), life: 1, count: 0), at: pool.world.moment) == [])
        let routed = pool.machine.handle(.routed(revision: try #require(revision.first)), at: pool.world.moment)
        #expect(routed.contains(.checkInFlight(Scene.id(1), life: 1)))
        let counted = pool.machine.handle(.inFlight(Scene.id(1), life: 1, count: 0), at: pool.world.moment)
        #expect(counted.contains { if case .signal(_, _, _, "TERM", true) = $0 { true } else { false } })
    }

    @Test func restartTogetherTakesAllAtOnce() throws {
        var pool = try Scene.pool()
        let from = pool.world.now
        let operation = try pool.finish(.restart(Scene.all, .together(force: false)))
        #expect(operation.state == .succeeded)
        #expect(pool.world.now - from < .seconds(1))
        #expect(pool.machine.state.workers.allSatisfy { $0.machine.life == 2 })
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
        let operation = try pool.finish(OperationTests.deploy("better"))
        #expect(operation.state == .succeeded)
        #expect(operation.result == "generation 2 runs; 4 workers")
        #expect(pool.machine.state.workers.allSatisfy { $0.processGeneration == 2 && $0.generation == 2 })
        #expect(pool.machine.spec.worker.command == ["better"])
        #expect(pool.machine.state.others.isEmpty, "nobody needs the old profile")
    }

    @Test func failedDeployIsRolledBack() throws {
        var pool = try Scene.pool()
        var least = 4
        let id = try pool.submit(OperationTests.deploy("bad"))
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
        let operation = try pool.finish(OperationTests.deploy("bad", policy))
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
        let id = try pool.submit(OperationTests.deploy("better", policy))
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
        let id = try pool.submit(OperationTests.deploy("better", policy))
        try pool.run(for: .seconds(5)) { $0.status(1).life == 2 && $0.status(1).isRoutable }
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 1000, failures: 500, rssBytes: 0)))
        try pool.run(for: .seconds(5))
        try pool.deliver(.sampled(Scene.id(1), life: 2, WorkerSample(requests: 1100, failures: 510, rssBytes: 0)))
        try pool.run(for: .seconds(10)) { $0.operation(id).state.isFinished }
        #expect(pool.operation(id).state == .rolledBack)
        #expect(pool.operation(id).result?.hasSuffix("canaries failed 10 of 100 requests") == true)
        #expect(pool.status(1).generation == 1)
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

    @Test func cancelledDeployIsRolledBack() throws {
        var pool = try Scene.pool()
        let id = try pool.submit(OperationTests.deploy("better"))
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

    // MARK: Scaling

    @Test func scalesUpAndDown() throws {
        var pool = try Scene.pool()
        #expect(try pool.finish(.scale(to: 2, .highestNumber)).state == .succeeded)
        #expect(pool.numbers == [1, 2])
        #expect(try pool.finish(.scale(to: 6, .highestNumber)).state == .succeeded)
        #expect(pool.routable == [1, 2, 3, 4, 5, 6])
        #expect(pool.status(3).life == 2, "lives go on where they were, so that late events find nobody")
    }

    @Test func shrinkOrderDecidesWhoGoes() throws {
        var pool = try Scene.pool()
        _ = try pool.finish(.restart([Scene.id(1)], .together(force: false)))
        _ = try pool.finish(.stop([Scene.id(2)], force: false))
        #expect(try pool.finish(.scale(to: 3, .unroutableFirst)).state == .succeeded)
        #expect(pool.numbers == [1, 3, 4])
        _ = try pool.finish(.scale(to: 2, .newest))
        #expect(pool.numbers == [3, 4])
        _ = try pool.finish(.scale(to: 1, .oldest))
        #expect(pool.numbers == [4])
        _ = try pool.finish(.scale(to: 2, .oldest))
        #expect(pool.numbers == [1, 4], "free numbers are filled from below")
    }

    @Test func scaleThatDoesNotComeUpFails() throws {
        var pool = try Scene.pool()
        pool.world.nature = .crashesAtStart
        let operation = try pool.finish(.scale(to: 5, .highestNumber))
        #expect(operation.state == .failed)
        #expect(operation.result?.hasPrefix("p_5: gave up after 5 failed starts") == true)
        #expect(pool.routable == [1, 2, 3, 4])
    }

    // MARK: Admin

    @Test func drainEndsWhenNothingIsInFlight() throws {
        var pool = try Scene.pool()
        let process = try #require(pool.status(1).process)
        pool.world.processes[process]?.inFlight = 2
        let id = try pool.submit(.drain([Scene.id(1)]))
        try pool.run(for: .seconds(5))
        #expect(pool.operation(id).state == .running)
        #expect(pool.routable == [2, 3, 4])
        #expect(pool.status(1).reason == "drained by ann, 2 in flight")
        pool.world.processes[process]?.inFlight = 0
        try pool.run(for: .seconds(1))
        #expect(pool.operation(id).state == .succeeded)
        #expect(pool.status(1).state == .running)
        #expect(try pool.finish(.resume([Scene.id(1)])).state == .succeeded)
        #expect(pool.routable == [1, 2, 3, 4])
    }

    @Test func drainThatDoesNotEmptySaysHowMany() throws {
        var pool = try Scene.pool()
        let process = try #require(pool.status(1).process)
        pool.world.processes[process]?.inFlight = 2
        let operation = try pool.finish(.drain([Scene.id(1)]))
        #expect(operation.state == .failed)
        #expect(operation.result == "p_1: 2 requests still in flight after 30 s")
    }

    @Test func maintenanceIsNotProbedAndComesBackByAProbe() throws {
        var pool = try Scene.pool()
        _ = try pool.finish(.maintenance([Scene.id(1)]))
        #expect(pool.status(1).health == .unknown)
        try pool.run(for: .seconds(30))
        #expect(pool.status(1).reason == "in maintenance by ann")
        _ = try pool.finish(.resume([Scene.id(1)]))
        try pool.run(for: .milliseconds(100))
        #expect(pool.routable == [1, 2, 3, 4])
    }

    @Test func signalReachesWhoRuns() throws {
        var pool = try Scene.pool()
        _ = try pool.finish(.stop([Scene.id(2)], force: false))
        let operation = try pool.finish(.signal([Scene.id(1), Scene.id(2)], name: "HUP"))
        #expect(operation.state == .failed)
        #expect(operation.steps.map(\.detail) == ["sent SIGHUP", "not running"])
    }

    @Test func weightIsPublished() throws {
        var pool = try Scene.pool()
        try pool.perform(pool.machine.setWeight(7, of: [Scene.id(1)], actor: "ann", at: pool.world.moment))
        try pool.run(for: .milliseconds(100))
        #expect(pool.world.routes?.workers.map(\.weight) == [7, 1, 1, 1])
        #expect(throws: PoolError.self) {
            try pool.machine.setWeight(257, of: [Scene.id(1)], actor: "ann", at: pool.world.moment)
        }
    }

    // MARK: The queue

    @Test func operationsTakeTurns() throws {
        var pool = try Scene.pool()
        let roll = try pool.submit(.roll(RollPolicy()))
        let stop = try pool.submit(.stop([Scene.id(4)], force: false))
        let drain = try pool.submit(.drain([Scene.id(3)]))
        #expect(pool.operation(stop).state == .queued)
        #expect(pool.operation(drain).state == .running, "it does not wait")
        try pool.perform(pool.machine.cancel(stop, actor: "ann", at: pool.world.moment))
        #expect(pool.operation(stop).state == .cancelled)
        #expect(pool.operation(stop).result == "cancelled by ann")
        #expect(pool.operation(roll).state == .running)
    }

    @Test func refusalsNameTheirObjectAndChangeNothing() throws {
        var pool = try Scene.pool()
        var other = Scene.spec()
        other.name = "other"
        var stuck = RollPolicy()
        stuck.unavailableMax = 0
        let roll = try pool.submit(OperationTests.deploy("better"))
        let before = pool.machine.state
        let refused: [(PoolCommand, PoolError.Code, String)] = [
            (.start([Scene.id(9)]), .notFound, "worker p_9 does not exist"),
            (.start([]), .invalidArgument, "no worker is selected"),
            (.scale(to: 0, .oldest), .invalidArgument, "0 workers is not within 1 and 4096"),
            (.roll(stuck), .invalidArgument, "with max unavailable 0 and no surge no worker could ever be restarted"),
            (.apply(other, RollPolicy()), .invalidArgument, "the profile is of pool other, not of p"),
            (.apply(Scene.spec(), RollPolicy()), .conflict, "\(roll) is changing the profile of p"),
        ]
        for (command, code, message) in refused {
            let error = #expect(throws: PoolError.self) { try pool.submit(command) }
            #expect(error?.code == code)
            #expect(error?.message == message)
        }
        #expect(pool.machine.state == before)
    }

    @Test func queueIsBounded() throws {
        var pool = try Scene.pool()
        for _ in 0..<PoolState.operationsMax { try pool.submit(.roll(RollPolicy())) }
        let error = #expect(throws: PoolError.self) { try pool.submit(.roll(RollPolicy())) }
        #expect(error?.code == .conflict)
    }

    @Test func shutdownEndsEverything() throws {
        var pool = try Scene.pool()
        let roll = try pool.submit(.roll(RollPolicy()))
        let queued = try pool.submit(.start(Scene.all))
        #expect(try pool.finish(.shutdown(force: false)).state == .succeeded)
        #expect(pool.machine.isShutDown)
        #expect(pool.operation(roll).state == .cancelled)
        #expect(pool.operation(queued).result == "the pool is being shut down")
        #expect(pool.states == [.stopped, .stopped, .stopped, .stopped])
        let error = #expect(throws: PoolError.self) { try pool.submit(.start(Scene.all)) }
        #expect(error?.message == "pool p is being shut down")
    }
}
