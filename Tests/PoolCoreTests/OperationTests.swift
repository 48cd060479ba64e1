import PoolCore
import PoolModel
import Testing

/// Operations other than rolls, from the command to the verdict; the queue; what is refused.
@Suite struct OperationTests {
    private typealias Scene = ScenarioTests

    // MARK: Plans

    @Test func aChangedEnvironmentIsTheOnlyReasonOfItsRestart() {
        let old = Scene.spec()
        var new = old
        new.worker.venv = VenvSpec(packages: ["gunicorn"])
        let plan = ProfilePlan(from: old, to: new, workers: [(id: Scene.id(1), isUp: true)], numbers: [1])
        #expect(plan.items.map(\.effect) == [.restart])
        #expect(plan.items.map(\.reasons) == [["worker.venv"]])
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

    @Test func doneMeansThatTheProxiesKnow() throws {
        var pool = try Scene.pool()
        let id = try pool.submit(.restart([Scene.id(1)], .together(force: false)))
        try pool.run(for: .seconds(5)) { $0.status(1).life == 2 && $0.status(1).health == .healthy }
        let status = pool.status(1)
        #expect(status.isJoining == true && !status.isRoutable)
        #expect(status.reason?.hasPrefix("joins the rotation") == true)
        #expect(!pool.operation(id).state.isFinished)
        let revision = pool.machine.state.routes.revision
        // An answer to the table before is not one.
        try pool.deliver(.routed(revision: revision - 1))
        #expect(!pool.status(1).isRoutable && !pool.operation(id).state.isFinished)
        try pool.deliver(.routed(revision: revision))
        #expect(pool.status(1).isRoutable && pool.status(1).isJoining == nil && pool.status(1).reason == nil)
        #expect(pool.operation(id).state == .succeeded)
    }

    @Test func whoLeavesWhileJoiningIsNotJoiningAnyMore() throws {
        var pool = try Scene.pool()
        _ = try pool.submit(.restart([Scene.id(1)], .together(force: false)))
        try pool.run(for: .seconds(5)) { $0.status(1).isJoining == true }
        _ = try pool.finish(.stop([Scene.id(1)], force: false))
        #expect(pool.machine.state.workers.first?.isJoining == false)
        #expect(try pool.finish(.start([Scene.id(1)])).state == .succeeded)
        #expect(pool.routable.contains(1))
    }

    @Test func restartTogetherTakesAllAtOnce() throws {
        var pool = try Scene.pool()
        let from = pool.world.now
        let operation = try pool.finish(.restart(Scene.all, .together(force: false)))
        #expect(operation.state == .succeeded)
        #expect(pool.world.now - from < .seconds(1))
        #expect(pool.machine.state.workers.allSatisfy { $0.machine.life == 2 })
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

    @Test func theProfileGivesWeightsAndPeopleOthers() throws {
        func weights(_ pool: PoolSimulation) -> [Int]? { pool.world.routes?.workers.map(\.weight) }
        var spec = Scene.spec()
        spec.balance.weights = [1: 3, 4: 0, 9: 5]
        var pool = try PoolSimulation(spec: spec)
        try pool.run(for: .seconds(1))
        #expect(weights(pool) == [3, 1, 1, 0])
        try pool.perform(
            pool.machine.setWeight(7, of: [Scene.id(1), Scene.id(2)], actor: "ann", at: pool.world.moment)
        )
        try pool.run(for: .milliseconds(100))
        #expect(weights(pool) == [7, 7, 1, 0])
        // What the profile says anew holds, and what was set by hand for the others.
        spec.balance.weights = [1: 2, 9: 5]
        _ = try pool.finish(.apply(spec, RollPolicy()))
        try pool.run(for: .seconds(1))
        #expect(weights(pool) == [2, 7, 1, 1])
        spec.balance.weights = nil
        spec.workers = 9
        _ = try pool.finish(.apply(spec, RollPolicy()))
        try pool.run(for: .seconds(5))
        #expect(weights(pool) == [1, 7, 1, 1, 1, 1, 1, 1, 1])
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
        let roll = try pool.submit(RollTests.deploy("better"))
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
