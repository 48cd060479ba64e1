internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProcessIdentityTests {
    private func sleeper() throws -> ProcessSpawner.Child {
        try ProcessSpawner.spawn(
            SpawnRequest(executable: "/bin/sleep", arguments: ["sleep", "1000"], environment: [])
        )
    }

    @Test func aDeadProcessDoesNotRunAndCannotBeSignalled() throws {
        let child = try sleeper()
        let process = try ProcessIdentity.of(pid: child.pid)
        #expect(process.isRunning)
        try process.send(signal: SIGKILL)
        #expect(wait(for: child.pidfd))
        // Not reaped: its entry is still there.
        #expect(!process.isRunning)
        var ended = pool_ended()
        #expect(pool_reap_pidfd(child.pidfd.raw, &ended) == 1)
        #expect(ended.code == CLD_KILLED && ended.status == SIGKILL && ended.pid == child.pid)
        #expect(throws: SystemError.self) { try process.send(signal: SIGTERM) }
        #expect(pool_reap_pidfd(child.pidfd.raw, &ended) == -1)
    }

    @Test func aPIDWithAnotherStartIsAnotherProcess() throws {
        let mine = try ProcessIdentity.current()
        #expect(mine.isRunning)
        let other = ProcessIdentity(pid: mine.pid, startTicks: mine.startTicks + 1)
        #expect(!other.isRunning)
        #expect(throws: SystemError("pidfd_open", on: "pid \(mine.pid)", code: ESRCH)) { try other.send(signal: 0) }
        #expect(throws: SystemError.self) { try ProcSampler(other) }
    }

    @Test func aSampleCountsWhatAProcessUses() throws {
        let child = try ProcessSpawner.spawn(
            SpawnRequest(
                executable: "/bin/sh",
                arguments: ["sh", "-c", "while :; do :; done"],
                environment: []
            )
        )
        let sampler = try ProcSampler(.of(pid: child.pid))
        let first = try sampler.sample()
        #expect(first.threads == 1)
        var last = first
        let deadline = MonotonicClock.now + .seconds(20)
        while last.cpu < first.cpu + .milliseconds(20), MonotonicClock.now < deadline { last = try sampler.sample() }
        #expect(last.cpu >= first.cpu + .milliseconds(20))
        // Not in the first sample: the dynamic loader may have a library open, and the kernel counts the pages of a
        // young process in batches.
        #expect(last.fileDescriptors == 3)
        #expect(last.residentBytes > 100_000)
        kill(child.pid, SIGKILL)
        var ended = pool_ended()
        #expect(wait(for: child.pidfd) && pool_reap_pidfd(child.pidfd.raw, &ended) == 1)
        #expect(throws: SystemError.self) { try sampler.sample() }
        #expect(ended.cpu_microseconds > 0 && ended.resident_kib_max > 0)
    }

    @Test func theExitStatusOfAForeignChildIsKnownToNewKernels() throws {
        let child = try ProcessSpawner.spawn(
            SpawnRequest(executable: "/bin/sh", arguments: ["sh", "-c", "exit 9"], environment: [])
        )
        let watcher = try child.pidfd.duplicate()
        var status: Int32 = 0
        #expect(wait(for: child.pidfd))
        var ended = pool_ended()
        #expect(pool_reap_pidfd(child.pidfd.raw, &ended) == 1)
        let known = pool_pidfd_exit_status(watcher.raw, &status)
        // ENOTTY and EINVAL: a kernel before 6.15.
        #expect(known == 1 ? status == 9 << 8 : [ENOTTY, EINVAL, ESRCH].contains(errno))
    }
}
