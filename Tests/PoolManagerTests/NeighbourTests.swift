import PoolAPI
import PoolCore
import PoolModel
import Synchronization
import Testing

@testable import PoolManager

/// What a start refuses over all profiles is refused while the daemon runs as well.
@Suite struct NeighbourTests {
    private func spec(_ name: String, ports first: Int, workers: Int = 2) -> PoolSpec {
        var spec = ManagerFixture.spec(name, workers: workers)
        spec.worker.listen = "127.0.0.1:{\(first - 1)+n}"
        return spec
    }

    /// Pool a has the ports 9001 and 9002, pool b 9101 and 9102.
    private func fixture() async throws -> ManagerFixture {
        let fixture = try ManagerFixture([spec("a", ports: 9001), spec("b", ports: 9101)])
        await fixture.up()
        read(fixture, [spec("a", ports: 9001), spec("b", ports: 9101)])
        return fixture
    }

    /// What the files say from now on.
    private func read(_ fixture: ManagerFixture, _ specs: [PoolSpec]) {
        for spec in specs {
            fixture.driver.readings.withLock {
                $0["/etc/pool/\(spec.name).toml"] = ProfileReading(spec: spec, issues: [])
            }
        }
    }

    @Test func aReloadOntoAnotherPoolsPortsIsRefused() async throws {
        let fixture = try await fixture()
        read(fixture, [spec("b", ports: 9002)])
        for request in [ReloadRequest(pool: "b"), ReloadRequest(), ReloadRequest(dryRun: true)] {
            let outcome = try #require(try await fixture.manager.reload(request, actor: "alice").pools.last)
            #expect(outcome.outcome == .refused)
            let message = try #require(outcome.issues.last?.message)
            #expect(message.contains("127.0.0.1:9002 is already taken by worker a_2"))
        }
        #expect(try await fixture.manager.pool(named: "b").profileError?.contains("9002") == true)
        #expect(try await fixture.manager.operations(pool: nil, id: nil).0.isEmpty)
    }

    @Test func figuresOfOnePoolNameNoOther() async throws {
        let fixture = try await fixture()
        for selectors in [["a"], ["a_1", "a_2"]] {
            let (stats, _) = try await fixture.manager.stats(pool: nil, workers: selectors)
            #expect(stats.pools.map(\.pool) == ["a"] && stats.pools[0].workers.count == 2)
        }
        #expect(try await fixture.manager.stats(pool: nil, workers: []).0.pools.map(\.pool) == ["a", "b"])
    }

    /// The answer names what the pool becomes, before the last worker is in it.
    @Test func aReloadNamesTheGenerationThatItMakes() async throws {
        let fixture = try await fixture()
        read(fixture, [spec("a", ports: 9001, workers: 3)])
        let reply = try await fixture.manager.reload(ReloadRequest(pool: "a"), actor: "alice")
        #expect(reply.pools.map(\.outcome) == [.applied] && reply.pools[0].generation == 2)
    }

    @Test func loadDoesNotScaleOntoAnotherPoolsPorts() async throws {
        var a = spec("a", ports: 9001)
        a.scale.auto = .on
        a.scale.min = 101
        a.scale.max = 101
        a.scale.cooldown = .seconds(10)
        let fixture = try ManagerFixture([a, spec("b", ports: 9101)])
        await fixture.up()
        for _ in 0..<5 {
            await fixture.manager.tick()
            fixture.time.advance(by: .seconds(11))
        }
        #expect(try await fixture.manager.operations(pool: nil, id: nil).0.isEmpty)
        #expect(try await fixture.manager.pool(named: "a").workers.count == 2)
        let told = fixture.driver.calls.filter {
            if case .record(let text) = $0 { text.hasPrefix("a cannot be scaled by load: ") } else { false }
        }
        #expect(told.count == 1, "\(told)")
    }

    @Test func poolsThatChangePlacesInOneReloadAreApplied() async throws {
        let fixture = try await fixture()
        read(fixture, [spec("a", ports: 9101), spec("b", ports: 9001)])
        let alone = try await fixture.manager.reload(ReloadRequest(pool: "b"), actor: "alice").pools
        #expect(alone.map(\.outcome) == [.refused])
        let both = try await fixture.manager.reload(ReloadRequest(), actor: "alice").pools
        #expect(both.map(\.outcome) == [.applied, .applied])
    }

    /// The first could move away, but the second cannot take its place: then neither may stand at the first's.
    @Test func aRefusedProfileIsHeldAgainstTheOthers() async throws {
        let fixture = try await fixture()
        let issue = ProfileIssueRecord(severity: .error, path: "b", message: "unknown key")
        read(fixture, [spec("a", ports: 9101)])
        fixture.driver.readings.withLock { $0["/etc/pool/b.toml"] = ProfileReading(spec: nil, issues: [issue]) }
        let reply = try await fixture.manager.reload(ReloadRequest(), actor: "alice")
        #expect(reply.pools.map(\.outcome) == [.refused, .refused])
        #expect(reply.pools[0].issues.map(\.message).last?.contains("9101 is already taken by worker b_1") == true)
    }

    @Test func checksAndDeploysAreHeldAgainstTheOtherPools() async throws {
        let fixture = try await fixture()
        let wanted = spec("b", ports: 9002)
        fixture.driver.reading.withLock { $0 = ProfileReading(spec: wanted, issues: []) }
        let check = await fixture.manager.check(CheckRequest(text: "", path: "/etc/pool/b.toml"))
        #expect(!check.valid && check.issues.map(\.severity) == [.error])
        read(fixture, [wanted])
        let error = await #expect(throws: PoolError.self) {
            try await fixture.manager.deploy(DeployRequest(), to: "b", actor: "alice", key: nil, condition: nil)
        }
        #expect(error?.message.contains("127.0.0.1:9002 is already taken") == true)
        read(fixture, [spec("b", ports: 9003)])
        _ = try await fixture.manager.deploy(DeployRequest(), to: "b", actor: "alice", key: nil, condition: nil)
        // What is being rolled out counts already.
        read(fixture, [spec("a", ports: 9004)])
        #expect(try await fixture.manager.reload(ReloadRequest(pool: "a"), actor: "x").pools[0].outcome == .refused)
    }

    @Test func aPoolIsNotScaledIntoAnothersPortsNorBeyondAllSlots() async throws {
        let fixture = try ManagerFixture([spec("a", ports: 9001), spec("b", ports: 9006)])
        await fixture.up()
        func scale(_ pool: String, to count: Int) async throws {
            var request = ActionRequest(verb: .scale)
            request.count = count
            _ = try await fixture.manager.act(request, on: pool, actor: "alice", key: nil, condition: nil)
        }
        let taken = await #expect(throws: PoolError.self) { try await scale("a", to: 6) }
        #expect(taken?.message.contains("127.0.0.1:9006 is already taken") == true)
        let tooMany = await #expect(throws: PoolError.self) { try await scale("b", to: 4095) }
        #expect(tooMany?.message.contains("4097 workers in all") == true)
        try await scale("a", to: 5)
    }
}
