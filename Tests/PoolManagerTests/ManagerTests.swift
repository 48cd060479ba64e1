import PoolAPI
import PoolCore
import PoolModel
import Synchronization
import Testing

@testable import PoolManager

@Suite struct ManagerTests {
    private func restart(_ workers: [String] = []) -> ActionRequest { ActionRequest(verb: .restart, workers: workers) }

    private func stop(_ workers: [String] = []) -> ActionRequest { ActionRequest(verb: .stop, workers: workers) }

    private func act(_ fixture: ManagerFixture, _ action: ActionRequest, key: String? = nil) async throws -> Operation {
        try await fixture.manager.act(
            action,
            on: "example",
            actor: "alice",
            key: key.flatMap { IdempotencyKey($0) },
            condition: nil
        )
    }

    @Test func theFirstStartCleansTheSocketThenSpawns() async throws {
        let fixture = try ManagerFixture()
        await fixture.manager.begin()
        await fixture.manager.savedAll()
        let deeds = fixture.driver.deeds
        for number in 1...2 {
            let clean = deeds.firstIndex(of: .cleanSocket(.unix(path: "/run/example/example_\(number).sock")))
            let spawn = deeds.firstIndex(of: .spawn(fixture.id(number), life: 1))
            #expect(try #require(clean) < #require(spawn))
        }
    }

    @Test func whoIsUpIsShownAndRouted() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        let (state, _) = try await fixture.manager.state(pool: nil)
        #expect(state.pools[0].workers.map(\.status.state) == [.running, .running])
        #expect(state.pools[0].workers.map(\.status.isRoutable) == [true, true])
        let published = fixture.driver.deeds.compactMap { call -> [WorkerID]? in
            if case .publish(_, let routable) = call { routable } else { nil }
        }
        #expect(published.last == [fixture.id(1), fixture.id(2)])
    }

    @Test func aDeadWorkerIsStartedAgainAndSaysWhy() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        fixture.driver.forget()
        let reason = ExitReason.signaled(signal: 9, coreDumped: false)
        await fixture.tell(.exited(fixture.id(1), life: 1, reason))
        #expect(fixture.driver.deeds.contains(.spawn(fixture.id(1), life: 2)))
        let marks = fixture.driver.calls.filter { if case .mark = $0 { true } else { false } }
        #expect(marks.contains { "\($0)".contains("SIGKILL") })
    }

    /// What somebody asked for is written before anything is done for it, and before it is answered.
    @Test func nothingIsDoneBeforeItIsSaved() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        fixture.driver.forget()
        fixture.driver.holdSaves()
        async let operation = act(fixture, stop(["1"]))
        while !fixture.driver.isSaving { await Task.yield() }
        #expect(fixture.driver.deeds == [.save])
        #expect(fixture.driver.saved?.pools[0].state.unfinished.count == 1)
        // Reads are answered meanwhile.
        #expect(try await fixture.manager.state(pool: "example").0.pools.count == 1)
        while true {
            fixture.driver.finishSaves()
            if fixture.driver.deeds.count > 1 { break }
            await Task.yield()
        }
        while fixture.driver.isSaving { fixture.driver.finishSaves() }
        #expect(try await operation.verb == .stop)
        #expect(fixture.driver.deeds.contains { if case .publish(_, [fixture.id(2)]) = $0 { true } else { false } })
    }

    @Test func aStateThatCannotBeSavedIsToldAndHoldsNobodyUp() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        fixture.driver.failSaves("no space left on device")
        let operation = try await act(fixture, stop())
        #expect(operation.id == OperationID(number: 1))
        let told = FakeDriver.Call.record("the state cannot be saved, and is tried again: no space left on device")
        #expect(fixture.driver.calls.count { $0 == told } == 1)
        fixture.driver.failSaves(nil)
        fixture.driver.forget()
        await fixture.manager.tick()
        await fixture.manager.savedAll()
        #expect(fixture.driver.calls.contains(.record("the state is saved again")))
    }

    @Test func aRequestSentTwiceActsOnce() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        let first = try await act(fixture, stop(["1"]), key: "k1")
        let second = try await act(fixture, stop(["1"]), key: "k1")
        #expect(first.id == second.id)
        #expect(try await act(fixture, stop(["2"]), key: "k2").id != first.id)
        await #expect(throws: Problem.self) { try await act(fixture, stop(["2"]), key: "k1") }
    }

    @Test func whatHasChangedMeanwhileIsNotActedOn() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        var action = stop(["1"])
        action.expected = [WorkerGuard(worker: fixture.id(1), life: 9)]
        await #expect(throws: PoolError.self) { try await act(fixture, action) }
        action.expected = [WorkerGuard(worker: fixture.id(1), life: 1)]
        action.expectedGeneration = 4
        await #expect(throws: PoolError.self) { try await act(fixture, action) }
        action.expectedGeneration = 1
        #expect(try await act(fixture, action).verb == .stop)
        await #expect(throws: Problem.self) {
            try await fixture.manager.act(stop(), on: "example", actor: "a", key: nil, condition: "\"g7\"")
        }
    }

    @Test(arguments: [
        ("nobody", [String](), "pool nobody does not exist"), ("exampel", [], "pool exampel does not exist"),
        ("example", ["7"], "worker 7 does not exist"), ("example", ["state:nonsense"], "nonsense"),
    ])
    func whatDoesNotExistIsNamed(pool: String, workers: [String], text: String) async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        do {
            _ = try await fixture.manager.act(stop(workers), on: pool, actor: "a", key: nil, condition: nil)
            Issue.record("acted on \(pool) \(workers)")
        } catch let error as PoolError {
            #expect(error.description.contains(text))
        }
    }

    @Test func poolsStopInDescendingOrderOfPriority() async throws {
        let specs = [
            ManagerFixture.spec("late", workers: 1, priority: 20),
            ManagerFixture.spec("early", workers: 1, priority: 10),
        ]
        let fixture = try ManagerFixture(specs)
        await fixture.up()
        fixture.driver.forget()
        await fixture.manager.beginShutdown(force: true, actor: "alice", why: "test")
        await fixture.manager.savedAll()
        let firstSignals = fixture.driver.deeds.filter { if case .signal = $0 { true } else { false } }
        #expect(firstSignals.count == 1)
        await fixture.tell(.exited(fixture.id(1, "late"), life: 1, .exited(code: 0)), pool: "late")
        #expect(!fixture.driver.deeds.contains(.drain))
        await fixture.tell(.exited(fixture.id(1, "early"), life: 1, .exited(code: 0)), pool: "early")
        #expect(fixture.driver.deeds.contains(.drain))
        #expect(!fixture.driver.deeds.contains(.end))
        await fixture.manager.proxiesDrained()
        while !fixture.driver.deeds.contains(.end) { await Task.yield() }
        await #expect(throws: PoolError.self) { try await act(fixture, restart()) }
        #expect(await fixture.manager.wait(for: .events, after: 0) == .ended)
    }

    /// The keeper's own limit would kill what the profiles allow.
    @Test func aShutdownMayTakeWhatTheProfilesAllow() async throws {
        var (slow, slower, last) = (
            ManagerFixture.spec("slow", workers: 1), ManagerFixture.spec("slower", workers: 1),
            ManagerFixture.spec("last", workers: 1, priority: 10)
        )
        slow.worker.drainTimeout = .seconds(100)
        slow.worker.stopTimeout = .seconds(10)
        slower.worker.drainTimeout = .seconds(300)
        slower.worker.stopTimeout = .seconds(60)
        last.worker.drainTimeout = .seconds(200)
        last.worker.stopTimeout = .seconds(20)
        last.hooks.beforeStop = ["true"]
        last.hooks.timeout = .seconds(30)
        for (specs, seconds) in [([slow, slower, last], 370 + 260), ([ManagerFixture.spec()], 120)] {
            let fixture = try ManagerFixture(specs)
            await fixture.up()
            await fixture.manager.beginShutdown(force: false, actor: "alice", why: "test")
            #expect(fixture.driver.deeds.contains(.shutdownLimit(.seconds(seconds))))
            fixture.driver.forget()
            await fixture.manager.beginShutdown(force: false, actor: "signal", why: "asked to stop")
            #expect(fixture.driver.deeds.contains(.shutdownLimit(.seconds(seconds))), "whose time begins now")
        }
        last.worker.drainTimeout = .seconds(100_000)
        let fixture = try ManagerFixture([last])
        await fixture.manager.beginShutdown(force: false, actor: "alice", why: "test")
        #expect(fixture.driver.deeds.contains(.shutdownLimit(.seconds(3600))))
    }

    @Test func routesOfSeveralPoolsAreOneTable() async throws {
        let specs = [ManagerFixture.spec("a", workers: 1), ManagerFixture.spec("b", workers: 2)]
        let fixture = try ManagerFixture(specs, hasProxy: true)
        await fixture.up()
        let table = await fixture.manager.table
        #expect(table.pools.map(\.name) == ["a", "b"])
        let slots = table.pools.flatMap(\.workers).map(\.slot)
        #expect(Set(slots).count == 3)
    }

    @Test func aLargeTableIsNotPublishedForEveryWorker() async throws {
        let fixture = try ManagerFixture([ManagerFixture.spec(workers: 100)], hasProxy: true)
        await fixture.up()
        await fixture.tell(.exited(fixture.id(1), life: 1, .exited(code: 1)))
        fixture.time.advance(by: .seconds(1))
        await fixture.manager.publishingDue()
        fixture.driver.forget()
        for number in 2...9 { await fixture.tell(.exited(fixture.id(number), life: 1, .exited(code: 1))) }
        func isTable(_ call: FakeDriver.Call) -> Bool { if case .publish = call { true } else { false } }
        #expect(!fixture.driver.calls.contains(where: isTable))
        #expect(fixture.driver.calls.contains(.publishLater))
        fixture.time.advance(by: .milliseconds(25))
        await fixture.manager.publishingDue()
        #expect(fixture.driver.calls.count(where: isTable) == 1)
    }

    @Test func aReloadThatIsRefusedChangesNothingAndSaysSo() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        let issue = ProfileIssueRecord(severity: .error, path: "p", line: 3, column: 1, message: "unknown key \"x\"")
        fixture.driver.reading.withLock { $0 = ProfileReading(spec: nil, issues: [issue]) }
        let reply = try await fixture.manager.reload(ReloadRequest(), actor: "alice")
        #expect(reply.pools.map(\.outcome) == [.refused])
        #expect(try await fixture.manager.pool(named: "example").profileError == "line 3: unknown key \"x\"")
        #expect(try await fixture.manager.pool(named: "example").generation == 1)
        fixture.driver.reading.withLock { $0 = ProfileReading(spec: ManagerFixture.spec(), issues: []) }
        #expect(try await fixture.manager.reload(ReloadRequest(), actor: "alice").pools.map(\.outcome) == [.unchanged])
        #expect(try await fixture.manager.pool(named: "example").profileError == nil)
    }

    @Test func aReloadDryRunOnlySays() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        var spec = ManagerFixture.spec()
        spec.worker.command = ["other"]
        fixture.driver.reading.withLock { [spec] in $0 = ProfileReading(spec: spec, issues: []) }
        let reply = try await fixture.manager.reload(ReloadRequest(dryRun: true), actor: "alice")
        #expect(reply.pools.map(\.outcome) == [.differs])
        #expect(reply.pools[0].restarts == [fixture.id(1), fixture.id(2)])
        #expect(try await fixture.manager.pool(named: "example").generation == 1)
        let applied = try await fixture.manager.reload(ReloadRequest(), actor: "alice").pools[0]
        #expect(applied.outcome == .applied && applied.operation == OperationID(number: 1))
        #expect(try await fixture.manager.operations(pool: nil, id: applied.operation).0[0].verb == .apply)
    }

    @Test func aDeployReadsTheProfileAndLaysItsChangesOverIt() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        var spec = ManagerFixture.spec()
        spec.worker.environment = ["A": "1", "B": "2"]
        fixture.driver.reading.withLock { [spec] in $0 = ProfileReading(spec: spec, issues: []) }
        var request = DeployRequest(why: "release 42")
        request.command = ["app", "--new"]
        request.directory = "/srv/42"
        request.environment = ["B=3=4"]
        request.expectedGeneration = 2
        await #expect(throws: PoolError.self) { try await deploy(fixture, request) }
        request.expectedGeneration = 1
        let operation = try await deploy(fixture, request)
        #expect(operation.verb == .deploy && operation.why == "release 42")
        #expect(try await fixture.manager.pool(named: "example").generation == 1, "the old one until all have come up")
        let state = await fixture.manager.pools[0].machine.state
        let candidate = state.spec(of: 2).worker
        #expect(candidate.command == ["app", "--new"] && candidate.directory == "/srv/42")
        #expect(candidate.environment == ["A": "1", "B": "3=4"])
        #expect(try await fixture.manager.setPaused(true, operation.id, actor: "alice").state == .paused)
        await #expect(throws: PoolError.self) {
            try await fixture.manager.setPaused(false, OperationID(number: 99), actor: "alice")
        }
        #expect(try await fixture.manager.setPaused(false, operation.id, actor: "alice").state == .running)
    }

    @Test func aDeployOfAProfileWithErrorsChangesNothing() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        let issue = ProfileIssueRecord(severity: .error, path: "p", line: 3, column: 1, message: "unknown key \"x\"")
        fixture.driver.reading.withLock { $0 = ProfileReading(spec: nil, issues: [issue]) }
        let error = await #expect(throws: PoolError.self) { try await deploy(fixture, DeployRequest()) }
        #expect(error?.message == "/etc/pool/example.toml:3: unknown key \"x\"")
        #expect(try await fixture.manager.operations(pool: nil, id: nil).0.isEmpty)
    }

    private func deploy(_ fixture: ManagerFixture, _ request: DeployRequest) async throws -> PoolModel.Operation {
        try await fixture.manager.deploy(request, to: "example", actor: "alice", key: nil, condition: nil)
    }

    @Test func whoWaitsIsToldOnceAndIdleWaitsEnd() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        let (_, version) = try await fixture.manager.state(pool: nil)
        async let outcome = fixture.manager.wait(for: .state, after: version)
        await fixture.manager.tick()
        #expect(await outcome == .changed)
        let page = try await fixture.manager.events(EventQuery(), after: nil, limit: 10)
        async let idle = fixture.manager.wait(for: .events, after: page.version)
        while await fixture.manager.followers.waiting(.events) == 0 { await Task.yield() }
        fixture.time.advance(by: .seconds(6))
        await fixture.manager.tick()
        #expect(await idle == .idle)
    }

    @Test func numbersOfOperationsGoOnOverARestart() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        _ = try await act(fixture, stop(["1"]))
        let state = try #require(fixture.driver.saved)
        let next = try ManagerFixture(state: state)
        await next.up()
        #expect(try await act(next, stop(["2"])).id == OperationID(number: 2))
        #expect(try await next.manager.worker(named: "example_1").status.state == .stopped)
    }
}
