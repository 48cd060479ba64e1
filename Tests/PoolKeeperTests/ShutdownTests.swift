internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Synchronization
internal import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ShutdownTests {
    @Test func aTermIsTheManagersToAnswer() async throws {
        let harness = try KeeperHarness()
        let manager = try harness.nextManager()
        _ = try await manager.open()
        await manager.reportReady()
        let process = try await manager.spawn(shell: "trap '' TERM; sleep 1000", tag: "stubborn")
        kill(harness.keeper.pid, SIGHUP)
        await manager.demand(.reload)
        kill(harness.keeper.pid, SIGUSR1)
        await manager.demand(.reopenLogs)
        kill(harness.keeper.pid, SIGTERM)
        await manager.demand(.stop)
        #expect(process.isRunning)
        await manager.finish(0)
        try await manager.endProcess(code: 0)
        #expect(try harness.keeperExit() == 0)
        #expect(!process.isRunning)
        try harness.close()
    }

    @Test func theSecondTermKillsEverything() async throws {
        let harness = try KeeperHarness()
        let manager = try harness.nextManager()
        _ = try await manager.open()
        let process = try await manager.spawn(shell: "trap '' TERM INT; while :; do sleep 1; done", tag: "stubborn")
        let escaped = try await manager.spawn(shell: "setsid -f sleep 1000; exec sleep 1000", tag: "escaping")
        try await eventually { try sessionsBelow(harness.keeper.pid, of: "sleep 1000") == 1 }
        kill(harness.keeper.pid, SIGTERM)
        await manager.demand(.stop)
        kill(harness.keeper.pid, SIGTERM)
        #expect(try harness.keeperExit() == 1)
        #expect(!process.isRunning && !escaped.isRunning)
        await manager.close()
        try harness.close()
    }

    @Test func aShutdownThatTakesTooLongIsEndedByForce() async throws {
        let harness = try KeeperHarness()
        let manager = try harness.nextManager()
        _ = try await manager.open()
        let process = try await manager.spawn(shell: "exec sleep 1000", tag: "busy")
        kill(harness.keeper.pid, SIGTERM)
        await manager.demand(.stop)
        await manager.setShutdownLimit(.milliseconds(50))
        #expect(try harness.keeperExit() == 1)
        #expect(!process.isRunning)
        #expect(harness.messages.contains("took too long"))
        await manager.close()
        try harness.close()
    }

    @Test func anUpgradeStartsTheNextManagerFromAnotherProgram() async throws {
        let harness = try KeeperHarness()
        let first = try harness.nextManager()
        _ = try await first.open()
        await first.reportReady()
        let arguments = ["KeeperFixture", "manager", harness.directory, "relay", "upgraded"]
        await first.setNextManager(KeeperHarness.fixture, arguments)
        await first.killProcess()
        let second = try harness.nextManager()
        let path = "/proc/\(second.pid)/cmdline"
        let bytes = try FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 4096)
        #expect(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } == arguments)
        _ = try await second.open()
        await second.finish(0)
        try await second.endProcess(code: 0)
        #expect(try harness.keeperExit() == 0)
        try harness.close()
    }

    @Test func aManagerThatComesDuringAShutdownIsTold() async throws {
        let harness = try KeeperHarness()
        let first = try harness.nextManager()
        _ = try await first.open()
        await first.reportReady()
        kill(harness.keeper.pid, SIGTERM)
        await first.demand(.stop)
        await first.killProcess()
        let second = try harness.nextManager()
        #expect(try await second.open().welcome.isStopping)
        await second.finish(0)
        try await second.endProcess(code: 0)
        #expect(try harness.keeperExit() == 0)
        try harness.close()
    }

    @Test func aManagerThatCannotStartEndsTheDaemonWithItsCode() throws {
        let harness = try KeeperHarness(manager: "fail:2")
        #expect(try harness.keeperExit() == 2)
        #expect(harness.messages.contains("exit status 2"))
        try harness.close()
    }

    @Test func aSecondKeeperIsRefusedWithTheFirstOnesPID() async throws {
        let harness = try KeeperHarness()
        let manager = try harness.nextManager()
        _ = try await manager.open()
        #expect(try KeeperHarness.exit(of: harness.startAnother()) == 1)
        #expect(harness.messages.contains("already running"))
        #expect(harness.messages.contains("pid \(harness.keeper.pid) "))
        #expect(RuntimeLock.holder(path: "\(harness.directory)/run/poold.lock") == (try harness.identity))
        await manager.finish(0)
        try await manager.endProcess(code: 0)
        #expect(try harness.keeperExit() == 0)
        #expect(RuntimeLock.holder(path: "\(harness.directory)/run/poold.lock") == nil)
        try harness.close()
    }

    @Test func aDaemonInTheBackgroundIsLeftOnceItIsReady() async throws {
        let harness = try KeeperHarness()
        let first = try harness.nextManager()
        _ = try await first.open()
        await first.finish(0)
        try await first.endProcess(code: 0)
        #expect(try harness.keeperExit() == 0)
        let request = SpawnRequest(
            executable: KeeperHarness.fixture,
            arguments: ["KeeperFixture", "keeper", harness.directory, "relay", "\(Daemonize.reportDescriptor)"],
            environment: ["PATH=/usr/bin:/bin"]
        )
        let log = "\(harness.directory)/stderr"
        let started = DaemonStart()
        // A thread of its own: it waits for what we do here.
        try Thread.start(name: "daemonize") {
            started.set(
                Result { () throws(PoolError) in try Daemonize.start(request, logPath: log, limit: .seconds(20)) }
            )
        }
        let second = try harness.nextManager()
        _ = try await second.open()
        #expect(started.result == nil)
        await second.reportReady()
        try await eventually { started.result != nil }
        let daemon = try #require(try started.result?.get())
        #expect(daemon.report == .ready)
        #expect(getsid(daemon.pid) == daemon.pid)
        let process = try ProcessIdentity.of(pid: daemon.pid)
        #expect(RuntimeLock.holder(path: "\(harness.directory)/run/poold.lock") == process)
        let pidfd = try process.open()
        await second.finish(0)
        try await second.endProcess(code: 0)
        #expect(wait(for: pidfd.raw, seconds: 20))
        var status: Int32 = 0
        #expect(waitpid(daemon.pid, &status, 0) == daemon.pid && status == 0)
        try harness.close()
    }

    /// What a thread of its own found out.
    private final class DaemonStart: Sendable {
        private let value = Mutex<Result<(pid: Int32, report: StartReport), PoolError>?>(nil)

        var result: Result<(pid: Int32, report: StartReport), PoolError>? { value.withLock { $0 } }

        func set(_ result: Result<(pid: Int32, report: StartReport), PoolError>) { value.withLock { $0 = result } }
    }

    @Test func aDaemonInTheBackgroundReportsItsFailure() async throws {
        let harness = try KeeperHarness()
        // The lock is taken: the second daemon's report must say so.
        var request = SpawnRequest(
            executable: KeeperHarness.fixture,
            arguments: ["KeeperFixture", "keeper", harness.directory, "relay", "\(Daemonize.reportDescriptor)"],
            environment: ["PATH=/usr/bin:/bin"]
        )
        let manager = try harness.nextManager()
        _ = try await manager.open()
        let log = "\(harness.directory)/stderr"
        let refused = try Daemonize.start(request, logPath: log, limit: .seconds(20))
        guard case .failed(1, let message) = refused.report else {
            Issue.record("reported \(refused.report)")
            return
        }
        #expect(message.contains("already running"))
        var status: Int32 = 0
        waitpid(refused.pid, &status, 0)
        request.arguments = ["KeeperFixture", "keeper", "/proc/nowhere", "relay", "\(Daemonize.reportDescriptor)"]
        let unusable = try Daemonize.start(request, logPath: log, limit: .seconds(20))
        guard case .failed(1, let text) = unusable.report else {
            Issue.record("reported \(unusable.report)")
            return
        }
        #expect(text.contains("/proc/nowhere"))
        waitpid(unusable.pid, &status, 0)
        await manager.close()
        try harness.close()
    }
}
