import PoolCore
import PoolModel
import Testing

/// Whole stories of a calm pool in virtual time.
@Suite struct ScenarioTests {
    static func spec(workers: Int = 4) -> PoolSpec {
        var spec = PoolSpec(
            name: "p",
            workers: workers,
            worker: WorkerSpec(command: ["good"], listen: "unix:/run/p_{n}.sock")
        )
        spec.health.path = "/health"
        return spec
    }

    static func id(_ number: Int) -> WorkerID { WorkerID(pool: "p", number: number) }
    static let all = [id(1), id(2), id(3), id(4)]

    /// A pool of which all is up.
    static func pool(workers: Int = 4) throws -> PoolSimulation {
        var pool = try PoolSimulation(spec: spec(workers: workers))
        try pool.run(for: .seconds(1))
        #expect(pool.routable.count == workers)
        return pool
    }

    // MARK: Starting

    @Test func coldStartIsReadySoonAfterTheSocket() throws {
        var pool = try PoolSimulation(spec: ScenarioTests.spec())
        try pool.run(for: .seconds(10)) { $0.routable.count == 4 }
        // The processes listen after 200 ms.
        #expect(pool.world.now < .seconds(1000.3))
        #expect(pool.events.contains { $0.message == "p_1 is RUNNING" })
        #expect(pool.status(1).reason == nil)
    }

    @Test func autostartOffWaitsForAStart() throws {
        var spec = ScenarioTests.spec()
        spec.worker.autostart = false
        var pool = try PoolSimulation(spec: spec)
        try pool.run(for: .seconds(5))
        #expect(pool.states == [.stopped, .stopped, .stopped, .stopped])
        let operation = try pool.finish(.start([ScenarioTests.id(2)]))
        #expect(operation.state == .succeeded)
        #expect(pool.states == [.stopped, .running, .stopped, .stopped])
    }

    @Test func neverListeningIsAFailedStartThatSaysSo() throws {
        var pool = try PoolSimulation(spec: ScenarioTests.spec(workers: 1), nature: .neverListens)
        try pool.run(for: .seconds(40)) { $0.states == [.backoff] }
        let status = pool.status(1)
        #expect(status.state == .backoff)
        let why = "did not listen on unix:/run/p_1.sock (connect) within 30 s"
        #expect(status.lastExit == .startTimedOut(detail: why))
        #expect(status.reason?.hasPrefix("start 1 of 5 failed: \(why); next one at ") == true)
        #expect(status.attempt == 2)
        #expect(status.retryAt != nil)
    }

    /// Starts that time out fail too seldom to fill the window: the text does not count beyond its own limit.
    @Test func slowFailedStartsAreCountedWithoutALimit() throws {
        var pool = try PoolSimulation(spec: ScenarioTests.spec(workers: 1), nature: .neverListens)
        try pool.run(for: .seconds(900)) { $0.states == [.backoff] && $0.status(1).attempt == 8 }
        let reason = try #require(pool.status(1).reason)
        let window = BackoffPolicy().window.text
        let count = "start 7 in a row (given up after 5 within \(window)) failed: did not listen"
        #expect(reason.hasPrefix(count), "\(reason)")
    }

    @Test func unhealthyStartSaysWhatTheProbeSaw() throws {
        var pool = try PoolSimulation(spec: ScenarioTests.spec(workers: 1), nature: .answers503)
        try pool.run(for: .seconds(31))
        #expect(pool.status(1).lastExit?.summary == "was not healthy (probe: HTTP 503) within 30 s")
        #expect(!pool.events.contains { $0.message.contains("is unhealthy") }, "it was never healthy")
    }

    @Test func crashingAtStartEndsFatalAndAStartTriesAgain() throws {
        var pool = try PoolSimulation(spec: ScenarioTests.spec(workers: 1), nature: .crashesAtStart)
        try pool.run(for: .seconds(30)) { $0.states == [.fatal] }
        #expect(pool.status(1).reason == "gave up after 5 failed starts in 60 s: exit status 1")
        #expect(pool.events.contains { $0.severity == .error && $0.message.hasPrefix("p_1 is FATAL") })
        let lives = pool.status(1).life
        try pool.run(for: .seconds(1000))
        #expect(pool.status(1).life == lives, "it stays so")
        pool.world.nature = .good
        #expect(try pool.finish(.start([ScenarioTests.id(1)])).state == .succeeded)
    }

    @Test func startTellsTheTruthAboutAFailure() throws {
        var pool = try PoolSimulation(spec: ScenarioTests.spec(workers: 1), nature: .crashesAtStart)
        try pool.run(for: .seconds(30)) { $0.states == [.fatal] }
        let operation = try pool.finish(.start([ScenarioTests.id(1)]))
        #expect(operation.state == .failed)
        #expect(operation.result == "p_1: gave up after 5 failed starts in 60 s: exit status 1")
    }

    // MARK: Dying

    @Test func killedWorkerIsReplacedInTheSameTurn() throws {
        var pool = try ScenarioTests.pool()
        let process = try #require(pool.status(2).process)
        pool.end(process, .signaled(signal: 9, coreDumped: false))
        let killedAt = pool.world.now
        try pool.run(for: .seconds(5)) { $0.status(2).life == 2 }
        #expect(pool.world.now - killedAt < .milliseconds(5))
        #expect(pool.routable == [1, 3, 4])
        try pool.run(for: .seconds(1))
        #expect(pool.routable == [1, 2, 3, 4])
        #expect(pool.status(2).restarts == 1)
        #expect(pool.events.contains { $0.kind == .exit && $0.message.contains("killed by SIGKILL") })
    }

    @Test func hungWorkerLeavesTheRotationAndIsRestarted() throws {
        var pool = try ScenarioTests.pool()
        let process = try #require(pool.status(2).process)
        pool.world.processes[process]?.isHanging = true
        try pool.run(for: .seconds(20)) { $0.status(2).health == .unhealthy }
        #expect(pool.routable == [1, 3, 4])
        #expect(pool.status(2).reason == "probe failed: timeout: timeout")
        try pool.run(for: .seconds(120)) { $0.status(2).life == 2 && $0.status(2).isRoutable }
        #expect(pool.routable == [1, 2, 3, 4])
        #expect(pool.world.processes[process]?.exit == .signaled(signal: 9, coreDumped: false), "TERM did not help")
    }

    @Test func poolOfOneHoldsRequestsWhileItIsRestarted() throws {
        var pool = try ScenarioTests.pool(workers: 1)
        let process = try #require(pool.status(1).process)
        pool.end(process, .signaled(signal: 9, coreDumped: false))
        try pool.run(for: .milliseconds(100))
        #expect(pool.world.routes?.isHolding == true)
        try pool.run(for: .seconds(1))
        #expect(pool.world.routes?.isHolding == false)
        #expect(pool.routable == [1])
    }

    // MARK: Traffic's opinion

    @Test func failedConnectIsCheckedAtOnce() throws {
        var pool = try ScenarioTests.pool()
        let revision = pool.machine.state.routes.revision
        try pool.deliver(.connectFailed(ScenarioTests.id(3), life: 1, errno: 111))
        #expect(pool.routable == [1, 2, 4])
        #expect(pool.status(3).reason == "being checked: connection refused")
        try pool.run(for: .milliseconds(100))
        #expect(pool.routable == [1, 2, 3, 4])
        #expect(pool.machine.state.routes.revision == revision + 2, "the proxy gets it back with a new table")
    }

    @Test func ejectionGrowsAndNeverTakesTheLast() throws {
        var pool = try ScenarioTests.pool(workers: 2)
        var lengths: [Duration] = []
        for _ in 0..<3 {
            let from = pool.world.now
            try pool.deliver(.suspected(ScenarioTests.id(1), life: 1, failures: 5, detail: "HTTP 502"))
            #expect(pool.routable == [2])
            #expect(pool.status(1).reason?.hasSuffix("5 failures in a row: HTTP 502") == true)
            try pool.deliver(.suspected(ScenarioTests.id(2), life: 1, failures: 5, detail: "HTTP 502"))
            #expect(pool.routable == [2], "the last one stays")
            try pool.run(for: .seconds(100)) { $0.status(1).ejectedUntil == nil }
            lengths.append(pool.world.now - from)
        }
        #expect(lengths == [.seconds(10), .seconds(20), .seconds(40)])
    }

    @Test func theEjectedComeBackWhereTooFewAreLeft() throws {
        var pool = try ScenarioTests.pool(workers: 2)
        try pool.deliver(.suspected(ScenarioTests.id(1), life: 1, failures: 5, detail: "HTTP 502"))
        #expect(pool.routable == [2])
        pool.end(try #require(pool.status(2).process), .exited(code: 1))
        try pool.run(for: .milliseconds(50)) { $0.routable == [1] }
        #expect(pool.routable == [1], "a bad worker is better than none")
        #expect(pool.events.contains { $0.message.contains("panic mode") })
    }

    @Test func eventsOfOlderLivesAreDropped() throws {
        var pool = try ScenarioTests.pool()
        let process = try #require(pool.status(1).process)
        pool.end(process, .exited(code: 1))
        try pool.run(for: .seconds(1))
        let before = pool.machine.state
        let result = ProbeResult(phase: .connect, detail: "", elapsed: .zero, at: pool.world.moment.wall)
        let late: [PoolMachine.Event] = [
            .exited(ScenarioTests.id(1), life: 1, .exited(code: 1)),
            .probed(ScenarioTests.id(1), life: 1, result),
            .spawned(ScenarioTests.id(1), life: 1, process),
            .connectFailed(ScenarioTests.id(1), life: 1, errno: 111),
            .inFlight(ScenarioTests.id(1), life: 1, count: 0),
            .exited(ScenarioTests.id(77), life: 1, .exited(code: 1)),
        ]
        for event in late { #expect(pool.machine.handle(event, at: pool.world.moment) == []) }
        #expect(pool.machine.state == before)
    }

    // MARK: Recycling

    @Test func recyclesOneAtATime() throws {
        var spec = ScenarioTests.spec()
        spec.worker.ageMax = .seconds(30)
        spec.worker.recycleJitter = 0
        var pool = try PoolSimulation(spec: spec)
        try pool.run(for: .seconds(5))
        var least = 4
        try pool.run(for: .seconds(40)) { pool in
            least = min(least, pool.routable.count)
            return false
        }
        #expect(least == 3)
        #expect(pool.machine.snapshot(at: pool.world.moment).allSatisfy { $0.life == 2 && $0.restarts == 0 })
        #expect(pool.events.count { $0.message.contains("recycled for its age") && $0.kind == .state } >= 4)
    }

    @Test func recyclesAfterRequests() throws {
        var spec = ScenarioTests.spec(workers: 2)
        spec.worker.requestsMax = 100
        spec.worker.recycleJitter = 0
        var pool = try PoolSimulation(spec: spec)
        try pool.run(for: .seconds(1))
        for requests in [5000, 5050, 5099, 5100] as [UInt64] {
            #expect(pool.status(1).state == .running)
            let sample = WorkerSample(requests: requests, failures: 0, rssBytes: 0)
            try pool.deliver(.sampled(ScenarioTests.id(1), life: 1, sample))
        }
        #expect(pool.status(1).state == .stopping)
        #expect(pool.status(1).reason?.hasPrefix("recycled after 100 requests") == true)
    }

    @Test func watchdogRestartsAWorkerThatHasGoneQuiet() throws {
        var spec = ScenarioTests.spec(workers: 1)
        spec.worker.watchdog = .seconds(10)
        var pool = try PoolSimulation(spec: spec)
        for _ in 0..<4 {
            try pool.run(for: .seconds(8))
            try pool.deliver(.notified(ScenarioTests.id(1), life: 1, .watchdog))
        }
        #expect(pool.status(1).life == 1)
        try pool.run(for: .seconds(11))
        #expect(pool.status(1).life == 2)
        #expect(pool.events.contains { $0.message == "p_1 is restarted: watchdog: no WATCHDOG=1 for 10 s" })
    }
}

extension PoolSimulation {
    var routable: [Int] { machine.snapshot(at: world.moment).filter(\.isRoutable).map(\.id.number) }
    var states: [ProcessState] { machine.snapshot(at: world.moment).map(\.state) }
    var numbers: [Int] { machine.snapshot(at: world.moment).map(\.id.number) }

    func status(_ number: Int) -> WorkerStatus {
        guard let status = machine.snapshot(at: world.moment).first(where: { $0.id.number == number }) else {
            preconditionFailure("no worker \(number)")
        }
        return status
    }

    /// Submits a command; the number of its operation.
    @discardableResult
    mutating func submit(_ command: PoolCommand) throws -> OperationID {
        operationsMade += 1
        let id = OperationID(number: operationsMade)
        let before = machine.state
        let request = OperationRequest(id: id, command: command, actor: "ann")
        let actions = try machine.submit(request, at: world.moment)
        noteIntent(command)
        try checkTurn(from: before, actions)
        try perform(actions)
        return id
    }

    func operation(_ id: OperationID) -> Operation {
        guard let operation = machine.operations.first(where: { $0.id == id }) else {
            preconditionFailure("no operation \(id)")
        }
        return operation
    }

    /// Submits a command and lets time go by until it has ended.
    mutating func finish(_ command: PoolCommand, within limit: Duration = .seconds(600)) throws -> Operation {
        let id = try submit(command)
        try run(for: limit) { $0.operation(id).state.isFinished }
        return operation(id)
    }
}
