internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

@testable internal import PoolKeeper

/// A keeper that was killed, and the one after it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct AdoptionTests {
    private func withKilledKeeper(
        _ before: (TestManager) async throws -> Void,
        then after: (KeeperHarness, TestManager, KeeperLink.Inventory) async throws -> Void
    ) async throws {
        let harness = try KeeperHarness()
        do {
            let first = try harness.nextManager()
            _ = try await first.open()
            await first.reportReady()
            try await before(first)
            try harness.replaceKilledKeeper()
            await first.close()
            let second = try harness.nextManager()
            let inventory = try await second.open()
            await second.reportReady()
            try await after(harness, second, inventory)
            await second.close()
        } catch {
            Issue.record("\(error); keeper said: \(harness.messages)")
        }
        try harness.close()
    }

    @Test func livingChildrenAreTakenOverWithTheirTags() async throws {
        var sleeper: ProcessIdentity?
        try await withKilledKeeper { manager in
            sleeper = try await manager.spawn(shell: "sleep 1000", tag: "worker/example/1/7/2")
        } then: { harness, manager, inventory in
            let process = try #require(sleeper)
            #expect(inventory.welcome.managerCount == 1)
            #expect(inventory.children == [KeeperChild(process: process, tag: "worker/example/1/7/2")])
            #expect(process.isRunning)
            // It is watched, signalled and reported as a child of its own is; only how it ended may be unknown.
            #expect(await manager.signal(process, SIGTERM, asGroup: true) == 0)
            let end = await manager.exit(of: "worker/example/1/7/2")?.end?.reason
            #expect(end == .unknown || end == .signaled(signal: SIGTERM, coreDumped: false))
            #expect(!process.isRunning)
            #expect(await manager.signal(process, SIGTERM) == ESRCH)
            await manager.acknowledge(process)
            #expect(await manager.list().children.isEmpty)
        }
    }

    @Test func whatEndedWhileThereWasNoKeeperIsSaidToHaveEnded() async throws {
        var ended: ProcessIdentity?
        try await withKilledKeeper { manager in
            let process = try await manager.spawn(shell: "sleep 1000", tag: "gone")
            ended = process
            kill(manager.pid, SIGSTOP)
        } then: { _, _, inventory in
            let process = try #require(ended)
            #expect(inventory.children.map(\.process) == [process])
        }
        #expect(ended?.isRunning == false)
    }

    @Test func aHangingManagerOfTheDeadKeeperIsEnded() async throws {
        var old: ProcessIdentity?
        try await withKilledKeeper { manager in
            old = try .of(pid: manager.pid)
            kill(manager.pid, SIGSTOP)
        } then: { _, manager, _ in
            #expect(old?.isRunning == false)
            #expect(manager.pid != old?.pid)
        }
    }

    @Test func whatIsInNoRecordIsKilled() async throws {
        let harness = try KeeperHarness()
        let first = try harness.nextManager()
        _ = try await first.open()
        await first.reportReady()
        let process = try await first.spawn(shell: "sleep 1000", tag: "unrecorded")
        // As if the keeper had been killed between the start of the process and its line.
        let record = "\(harness.directory)/run/poold.children"
        let bytes = try FileDescriptor.open(record, O_RDONLY).contents(bytesMax: 1 << 20)
        let lines = String(decoding: bytes, as: UTF8.self)
        let kept = lines.split(separator: "\n").filter { !$0.contains("unrecorded") }.joined(separator: "\n")
        try FileDescriptor.open(record, O_WRONLY | O_TRUNC).writeAll(Array("\(kept)\n".utf8))
        try harness.replaceKilledKeeper()
        await first.close()
        let second = try harness.nextManager()
        #expect(try await second.open().children.isEmpty)
        try await eventually { !process.isRunning }
        await second.close()
        try harness.close()
    }

    @Test func aDaemonThatCannotStartLeavesThemAlone() async throws {
        let harness = try KeeperHarness()
        let first = try harness.nextManager()
        _ = try await first.open()
        await first.reportReady()
        let process = try await first.spawn(shell: "sleep 1000", tag: "worker")
        try harness.replaceKilledKeeper(manager: "fail:3")
        await first.close()
        #expect(try harness.keeperExit() == 3)
        #expect(process.isRunning)
        // The start after it, with its mistake mended, takes them over all the same.
        try harness.replaceKilledKeeper()
        let second = try harness.nextManager()
        #expect(try await second.open().children.map(\.process) == [process])
        await second.finish(0)
        #expect(try harness.keeperExit() == 0)
        #expect(!process.isRunning)
        await second.close()
        #expect(access("\(harness.directory)/run/poold.children", F_OK) != 0)
        try harness.close()
    }
}
