import Glibc
import PoolAPI
import PoolCore
import PoolModel
import PoolProfile
import Synchronization
import Testing

@testable import PoolManager

/// Pools that come and go by a reload.
@Suite struct PoolChangeTests {
    private static func path(_ name: String) -> String { "/etc/pool/\(name).toml" }

    private func say(_ specs: [PoolSpec], _ fixture: ManagerFixture) {
        fixture.driver.paths.withLock { paths in paths = specs.map { Self.path($0.name) } }
        fixture.driver.readings.withLock { readings in
            for spec in specs { readings[Self.path(spec.name)] = ProfileReading(spec: spec, issues: []) }
        }
    }

    private func reload(_ fixture: ManagerFixture, isDryRun: Bool = false) async throws -> [String] {
        let reply = try await fixture.manager.reload(ReloadRequest(dryRun: isDryRun), actor: "alice")
        return reply.pools.map { "\($0.pool) \($0.outcome.rawValue)" }
    }

    @Test func aNewProfileAddsItsPoolAndTouchesNothingElse() async throws {
        let old = ManagerFixture.spec("a")
        let fixture = try ManagerFixture([old])
        await fixture.up()
        fixture.driver.forget()
        say([old, ManagerFixture.spec("b", workers: 1)], fixture)
        #expect(try await reload(fixture, isDryRun: true) == ["a unchanged", "b added"])
        #expect(fixture.driver.deeds.isEmpty)
        #expect(try await reload(fixture) == ["a unchanged", "b added"])
        let new = WorkerID(pool: "b", number: 1)
        #expect(fixture.driver.deeds.contains(.poolBegun("b")))
        #expect(fixture.driver.deeds.contains(.spawn(new, life: 1)))
        let spawns = fixture.driver.deeds.filter { if case .spawn = $0 { true } else { false } }
        #expect(spawns.count == 1)
        #expect(try await fixture.manager.pool(named: "b").workers.count == 1)
        #expect(try await reload(fixture) == ["a unchanged", "b unchanged"])
    }

    @Test func aProfileThatIsGoneStopsItsPoolWhichThenLeaves() async throws {
        let (a, b) = (ManagerFixture.spec("a"), ManagerFixture.spec("b"))
        let fixture = try ManagerFixture([a, b])
        await fixture.up()
        say([a], fixture)
        #expect(try await reload(fixture, isDryRun: true) == ["a unchanged", "b removed"])
        fixture.driver.forget()
        let reply = try await fixture.manager.reload(ReloadRequest(), actor: "alice")
        #expect(reply.pools.map(\.outcome) == [.unchanged, .removed])
        let operation = try #require(reply.pools[1].operation)
        #expect(try await fixture.manager.pool(named: "b").workers.count == 2, "it drains first")
        #expect(fixture.driver.saved?.pools.first { $0.state.spec.name == "b" }?.isLeaving == true)
        // Reading again neither begins it anew nor stops it twice.
        #expect(try await reload(fixture) == ["a unchanged"])
        await fixture.end(of: "b")
        #expect(fixture.driver.deeds.contains(.poolEnded("b")))
        await #expect(throws: PoolError.self) { try await fixture.manager.pool(named: "b") }
        #expect(try await fixture.manager.pool(named: "a").workers.count == 2)
        #expect(try await fixture.manager.operations(pool: nil, id: operation).0[0].state == .succeeded)
        say([a, b], fixture)
        #expect(try await reload(fixture) == ["a unchanged", "b added"])
    }

    @Test func aFileOfAnotherNameIsTheSamePool() async throws {
        let spec = ManagerFixture.spec("a")
        let fixture = try ManagerFixture([spec])
        await fixture.up()
        fixture.driver.forget()
        fixture.driver.paths.withLock { $0 = ["/etc/pool/renamed.toml"] }
        fixture.driver.readings.withLock { $0["/etc/pool/renamed.toml"] = ProfileReading(spec: spec, issues: []) }
        #expect(try await reload(fixture, isDryRun: true) == ["a unchanged"])
        #expect(try await fixture.manager.pool(named: "a").profilePath == Self.path("a"), "nothing is changed yet")
        #expect(try await reload(fixture) == ["a unchanged"])
        #expect(try await fixture.manager.pool(named: "a").profilePath == "/etc/pool/renamed.toml")
        #expect(!fixture.driver.deeds.contains { if case .spawn = $0 { true } else { false } })
    }

    @Test func whatCannotRunIsNotAdded() async throws {
        let spec = ManagerFixture.spec("a")
        let fixture = try ManagerFixture([spec])
        await fixture.up()
        say([spec], fixture)
        fixture.driver.paths.withLock { $0 += ["/etc/pool/broken.toml", "/etc/pool/twin.toml"] }
        let issue = ProfileIssueRecord(severity: .error, path: "p", line: 3, column: 1, message: "unknown key \"x\"")
        fixture.driver.readings.withLock {
            $0["/etc/pool/broken.toml"] = ProfileReading(spec: nil, issues: [issue])
            $0["/etc/pool/twin.toml"] = ProfileReading(spec: spec, issues: [])
        }
        #expect(try await reload(fixture) == ["a unchanged", "broken.toml refused", "a refused"])
        #expect(await fixture.manager.pools.count == 1)
    }

    @Test func aDirectoryThatCannotBeListedStopsNothing() async throws {
        let (a, b) = (ManagerFixture.spec("a"), ManagerFixture.spec("b"))
        let fixture = try ManagerFixture([a, b])
        await fixture.up()
        say([a], fixture)
        fixture.driver.unlisted.withLock { $0 = [ProfileListing.Failure(source: "/etc/pool/more", code: 24)] }
        for isDryRun in [true, false] {
            let error = await #expect(throws: PoolError.self) { try await reload(fixture, isDryRun: isDryRun) }
            #expect(error?.message.contains("cannot list /etc/pool/more: too many open files (EMFILE)") == true)
            #expect(error?.remedy?.contains("limit of open files") == true)
        }
        #expect(await fixture.manager.pools.allSatisfy { !$0.isLeaving })
        #expect(try await fixture.manager.operations(pool: nil, id: nil).0.isEmpty)
        // A file that was named by itself is a pool's: that one alone cannot be read.
        fixture.driver.unlisted.withLock { $0 = [ProfileListing.Failure(source: Self.path("b"), code: 2)] }
        fixture.driver.readings.withLock { $0[Self.path("b")] = nil }
        #expect(try await reload(fixture) == ["a unchanged", "b refused"])
        #expect(await fixture.manager.pools.allSatisfy { !$0.isLeaving })
    }

    @Test func aListingSaysWhatItCouldNotList() throws {
        let directory = try TemporaryDirectory()
        let (file, loop) = ("\(directory.path)/b.toml", "\(directory.path)/loop")
        for path in [file, "\(directory.path)/a.toml", "\(directory.path)/.hidden.toml", "\(directory.path)/c.txt"] {
            close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        }
        symlink(loop, loop)
        let missing = "\(directory.path)/missing"
        let listing = ProfileListing(["\(directory.path)/", file, missing, loop])
        #expect(listing.paths == ["\(directory.path)/a.toml", file, file])
        #expect(
            listing.failures == [
                ProfileListing.Failure(source: missing, code: ENOENT),
                ProfileListing.Failure(source: loop, code: ELOOP),
            ]
        )
        #expect(ProfileCheck.expand([missing, file]) == [missing, file])
    }

    @Test func anEmptyDirectoryStopsNothing() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        fixture.driver.reading.withLock { $0 = ProfileReading(spec: ManagerFixture.spec(), issues: []) }
        #expect(try await reload(fixture) == ["example unchanged"])
    }
}
