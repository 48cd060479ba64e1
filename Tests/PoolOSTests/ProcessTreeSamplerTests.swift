internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProcessTreeSamplerTests {
    @Test func thereAreNoMoreFilesThanTheBudgetAllows() throws {
        let own = try ProcessIdentity.current()
        let budget = DescriptorBudget(max: 7)
        var first: ProcessTreeSampler? = try ProcessTreeSampler(own, budget: budget)
        #expect(throws: SystemError("open", code: EMFILE)) { try ProcessTreeSampler(own, budget: budget) }
        #expect(throws: SystemError.self) {
            try ProcessTreeSampler(ProcessIdentity(pid: own.pid, startTicks: 1), budget: budget)
        }
        withExtendedLifetime(first) {}
        first = nil
        // What was taken by one that could not be opened has come back as well.
        #expect(throws: Never.self) { try ProcessTreeSampler(own, budget: budget) }
    }

    @Test func childrenAreCountedAndThoseThatEndedStayInTheSum() throws {
        let script = "(sleep 1000 & exec sleep 1000) & sleep 1000 & read line; wait"
        let (ours, theirs) = try MessageSocket.pair()
        let request = SpawnRequest(
            executable: "/bin/sh",
            arguments: ["sh", "-c", script],
            environment: ["PATH=/usr/bin:/bin"]
        )
        let child = try ProcessSpawner.spawn(request, descriptors: [SpawnDescriptor(theirs.descriptor, as: 0)])
        defer {
            kill(-child.pid, SIGKILL)
            var ended = pool_ended()
            _ = child.pidfd.waitReadable(seconds: 10)
            _ = pool_reap_pidfd(child.pidfd.raw, &ended)
            withExtendedLifetime(ours) {}
        }
        let sampler = try ProcessTreeSampler(.of(pid: child.pid))
        let alone = try ProcSampler(.of(pid: child.pid))
        // The shell, its two children, and the child of one of them. Memory is looked at until it is true: the kernel
        // counts the pages of young processes in batches.
        let sum = try eventually {
            let shell = try alone.sample()
            let sum = try sampler.sample()
            return sampler.processCount == 4 && sum.residentBytes > shell.residentBytes ? sum : nil
        }
        #expect(sum.threads == 4)
        let sleeper = try #require(children(of: child.pid).last)
        kill(sleeper, SIGKILL)
        let less = try eventually {
            let sum = try sampler.sample()
            return sampler.processCount < 4 ? sum : nil
        }
        #expect(less.cpu >= sum.cpu)
    }

    @Test func aProcessThatIsGoneIsSaidToBe() throws {
        #expect(throws: SystemError.self) {
            _ = try ProcessTreeSampler(ProcessIdentity(pid: getpid(), startTicks: 1))
        }
    }

    private func children(of pid: Int32) throws -> [Int32] {
        let path = "/proc/\(pid)/task/\(pid)/children"
        let bytes = try FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 4096, name: path)
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    /// Looks again until there is something, for ten seconds.
    private func eventually<Value>(_ look: () throws -> Value?) throws -> Value {
        let deadline = MonotonicClock.now + .seconds(10)
        while true {
            if let value = try look() { return value }
            if MonotonicClock.now > deadline { throw SystemError("wait", on: "the process tree", code: ETIMEDOUT) }
        }
    }
}
