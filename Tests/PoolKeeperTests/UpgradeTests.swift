internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

/// The keeper executes another program in its own process: nothing that it held is lost, whichever of the two stays.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct UpgradeTests {
    private func withKeeper(_ manager: String, _ body: (KeeperHarness) async throws -> Void) async throws {
        let harness = try KeeperHarness(manager: manager)
        do {
            try await body(harness)
        } catch {
            Issue.record("\(error); keeper said: \(harness.messages)")
        }
        try harness.close()
    }

    /// A manager with a child that runs, one that has ended untold, and a stored descriptor.
    private func prepare(_ harness: KeeperHarness) async throws -> (TestManager, ProcessIdentity) {
        let manager = try harness.nextManager()
        _ = try await manager.open()
        await manager.reportReady()
        let child = try await manager.spawn(shell: "exec sleep 1000", tag: "child")
        let ended = try await manager.spawn(shell: "exit 7", tag: "ended")
        #expect(await manager.exit(of: "ended")?.process == ended)
        let (ours, theirs) = try MessageSocket.pair()
        #expect(await manager.store(theirs.descriptor, name: "link/1") == 0)
        _ = try ours.send([1, 2, 3])
        return (manager, child)
    }

    private func check(_ inventory: KeeperLink.Inventory, _ child: ProcessIdentity) throws {
        #expect(Set(inventory.children.map(\.tag)) == ["child", "ended"])
        #expect(inventory.children.first { $0.tag == "child" }?.process == child)
        #expect(inventory.children.first { $0.tag == "ended" }?.end?.reason == .exited(code: 7))
        let kept = try #require(inventory.descriptors["link/1"])
        guard case .message(let bytes, _) = try MessageSocket(adopting: kept).receive() else {
            Issue.record("the stored descriptor is another one")
            return
        }
        #expect(bytes == [1, 2, 3])
    }

    @Test func childrenEndsDescriptorsAndLockGoOver() async throws {
        try await withKeeper("relay") { harness in
            let (first, child) = try await prepare(harness)
            let keeper = try harness.identity
            await first.upgrade(to: KeeperHarness.fixture)
            await first.lost()
            let second = try harness.nextManager()
            let inventory = try await second.open()
            #expect(inventory.welcome.keeper == keeper, "the same process")
            #expect(inventory.welcome.managerCount == 2)
            try check(inventory, child)
            let other = try harness.startAnother()
            #expect(try KeeperHarness.exit(of: other) != 0, "the lock is still held")
            #expect(await second.signal(child, SIGTERM) == 0)
            #expect(await second.exit(of: "child")?.end?.reason == .signaled(signal: SIGTERM, coreDumped: false))
            await second.reportReady()
            #expect(try await second.spawn(shell: "exit 0", tag: "new").pid > 0)
            #expect(!first.isAlive)
            await second.close()
        }
    }

    @Test func aProgramWhoseManagersDieIsGivenUp() async throws {
        try await withKeeper("relay+fail:3") { harness in
            let (first, child) = try await prepare(harness)
            await first.upgrade(to: KeeperHarness.fixture)
            await first.lost()
            // Three of the new program's managers have died by then.
            let second = try harness.nextManager()
            let inventory = try await second.open()
            #expect(inventory.welcome.managerCount == 5)
            #expect(harness.messages.contains("this program is given up"))
            try check(inventory, child)
            await second.close()
        }
    }

    @Test func whatCannotBeExecutedChangesNothing() async throws {
        try await withKeeper("relay") { harness in
            let (manager, child) = try await prepare(harness)
            #expect(await manager.upgradeFailure(to: "/nonexistent/poold") == ENOENT)
            #expect(await manager.upgradeFailure(to: "/etc/passwd") == EACCES)
            try check(await manager.list(), child)
            await manager.close()
        }
    }

    @Test func beforeTheDaemonWorksThereIsNoUpgrade() async throws {
        try await withKeeper("relay") { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            #expect(await manager.upgradeFailure(to: KeeperHarness.fixture) == EBUSY)
            await manager.close()
        }
    }
}
