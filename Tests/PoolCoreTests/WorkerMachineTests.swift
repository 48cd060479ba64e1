import PoolCore
import PoolModel
import Testing

@Suite struct WorkerMachineTests {
    private var machine = WorkerMachine()
    private var random = SeededRandom(seed: 1)
    private var rules: WorkerSpec = {
        var rules = WorkerSpec(command: ["app"], listen: "unix:/run/app.sock")
        rules.backoff.jitter = 0
        return rules
    }()
    private var pid: Int32 = 10

    private mutating func send(_ event: WorkerMachine.Event, at now: Duration) -> [WorkerMachine.Action] {
        machine.handle(event, rules: rules, now: now, random: &random)
    }

    private mutating func spawned(at now: Duration) -> ProcessIdentity {
        pid += 1
        let process = ProcessIdentity(pid: pid, startTicks: UInt64(pid))
        #expect(send(.spawned(process), at: now) == [])
        return process
    }

    /// Starts it and makes it ready.
    private mutating func up(at now: Duration) -> ProcessIdentity {
        #expect(send(.start, at: now) == [.spawn])
        let process = spawned(at: now)
        #expect(send(.ready, at: now) == [])
        return process
    }

    @Test mutating func killedWorkerIsReplacedAtOnce() {
        _ = up(at: .zero)
        #expect(send(.exited(.signaled(signal: 9, coreDumped: false)), at: .seconds(5)) == [.spawn])
        #expect(machine.life == 2)
        #expect(machine.restarts == 1)
        #expect(machine.lastExit == .signaled(signal: 9, coreDumped: false))
    }

    @Test mutating func failedStartsBackOffAndEndFatal() {
        #expect(send(.start, at: .zero) == [.spawn])
        var now = Duration.zero
        for delay in [0.5, 1, 2, 4] {
            _ = spawned(at: now)
            #expect(send(.exited(.exited(code: 1)), at: now) == [])
            #expect(machine.phase == .backingOff(until: now + .seconds(delay)))
            now += .seconds(delay)
            #expect(send(.deadlineReached, at: now - .milliseconds(1)) == [], "too early")
            #expect(send(.deadlineReached, at: now) == [.spawn])
        }
        _ = spawned(at: now)
        #expect(send(.exited(.exited(code: 1)), at: now) == [])
        #expect(machine.phase == .fatal)
        #expect(machine.phase.deadline == nil)
        #expect(send(.start, at: now) == [.spawn])
        #expect(machine.failedStarts == 0)
    }

    @Test mutating func slowDeathsNeverEndFatal() {
        // One failed start every 31 s: the tally's window never holds five.
        rules.startTimeout = .seconds(30)
        #expect(send(.start, at: .zero) == [.spawn])
        var now = Duration.zero
        for _ in 0..<20 {
            _ = spawned(at: now)
            now += .seconds(30)
            _ = send(.deadlineReached, at: now)
            _ = send(.exited(.signaled(signal: 15, coreDumped: false)), at: now)
            guard case .backingOff(let until) = machine.phase else {
                Issue.record("\(machine.phase)")
                return
            }
            #expect(until - now <= .seconds(30))
            now = until
            #expect(send(.deadlineReached, at: now) == [.spawn])
        }
    }

    @Test mutating func diesOftenThoughReady_isSlowedButNotGivenUp() {
        _ = up(at: .zero)
        var now = Duration.zero
        var delayed = 0
        for _ in 0..<30 {
            now += .seconds(2)
            if send(.exited(.exited(code: 1)), at: now) == [] {
                guard case .backingOff(let until) = machine.phase else {
                    Issue.record("\(machine.phase)")
                    return
                }
                delayed += 1
                now = until
                #expect(send(.deadlineReached, at: now) == [.spawn])
            }
            _ = spawned(at: now)
            _ = send(.ready, at: now)
        }
        #expect(delayed > 10)
        #expect(machine.phase.state == .running)
    }

    @Test mutating func notReadyInTimeSaysWhatWasMissing() {
        _ = send(.start, at: .zero)
        let process = spawned(at: .zero)
        machine.missing = "did not listen on unix:/run/app.sock"
        #expect(send(.deadlineReached, at: .seconds(30)) == [.signal("TERM", process, group: true)])
        #expect(send(.exited(.signaled(signal: 15, coreDumped: false)), at: .seconds(31)) == [])
        #expect(machine.lastExit == .startTimedOut(detail: "did not listen on unix:/run/app.sock within 30 s"))
        #expect(machine.phase == .backingOff(until: .seconds(31.5)))
    }

    @Test mutating func readyByTimeNeedsNothingElse() {
        rules.ready = .time
        _ = send(.start, at: .zero)
        _ = spawned(at: .zero)
        #expect(send(.deadlineReached, at: .seconds(1)) == [])
        #expect(machine.phase.state == .running)
    }

    @Test mutating func stopWalksItsSignalsAndEndsInKill() {
        rules.stopSignals = ["INT", "TERM"]
        let process = up(at: .zero)
        #expect(send(.stop(force: false), at: .seconds(10)) == [])
        #expect(machine.phase == .draining(process, until: .seconds(40)))
        #expect(send(.drained, at: .seconds(12)) == [.signal("INT", process, group: true)])
        #expect(send(.deadlineReached, at: .seconds(17)) == [.signal("TERM", process, group: true)])
        #expect(send(.deadlineReached, at: .seconds(22)) == [.signal("KILL", process, group: true)])
        #expect(send(.deadlineReached, at: .seconds(27)) == [.signal("KILL", process, group: true)])
        #expect(send(.exited(.signaled(signal: 9, coreDumped: false)), at: .seconds(28)) == [])
        #expect(machine.phase == .stopped)
    }

    @Test mutating func killGoesToTheGroupEvenWhereSignalsDoNot() {
        rules.stopAsGroup = false
        let process = up(at: .zero)
        #expect(send(.stop(force: true), at: .zero) == [.signal("TERM", process, group: false)])
        #expect(send(.deadlineReached, at: .seconds(10)) == [.signal("KILL", process, group: true)])
    }

    @Test mutating func stopWhileBeingStartedWaitsForTheProcess() {
        _ = send(.start, at: .zero)
        #expect(send(.stop(force: false), at: .zero) == [])
        let process = ProcessIdentity(pid: 9, startTicks: 9)
        #expect(send(.spawned(process), at: .zero) == [.signal("TERM", process, group: true)])
        #expect(send(.exited(.exited(code: 0)), at: .zero) == [])
        #expect(machine.phase == .stopped)
    }

    @Test mutating func startWhileStoppingTakesEffectAfterTheEnd() {
        _ = up(at: .zero)
        _ = send(.stop(force: true), at: .zero)
        #expect(send(.start, at: .zero) == [])
        #expect(send(.exited(.exited(code: 0)), at: .seconds(1)) == [.spawn])
        #expect(machine.restarts == 0, "somebody asked for it")
    }

    @Test(arguments: [
        (WorkerSpec.Autorestart.always, Int32(0), ProcessState.starting), (.always, 1, .starting),
        (.never, 0, .exited), (.never, 1, .exited), (.unexpected, 0, .exited), (.unexpected, 1, .starting),
    ])
    mutating func autorestartDecidesAfterAnExit(policy: WorkerSpec.Autorestart, code: Int32, then: ProcessState) {
        rules.autorestart = policy
        _ = up(at: .zero)
        _ = send(.exited(.exited(code: code)), at: .seconds(10))
        #expect(machine.phase.state == then)
    }

    @Test mutating func failedSpawnIsAFailedStart() {
        _ = send(.start, at: .zero)
        #expect(send(.spawnFailed(stage: "exec", errno: 2), at: .zero) == [])
        #expect(machine.phase == .backingOff(until: .milliseconds(500)))
        #expect(machine.lastExit?.summary == "could not be started: exec: no such file or directory")
    }

    @Test mutating func unhealthyWorkerIsRestartedAndCounted() {
        let process = up(at: .zero)
        #expect(send(.failing(why: "hung", force: true), at: .seconds(60)) == [.signal("TERM", process, group: true)])
        #expect(send(.exited(.exited(code: 0)), at: .seconds(61)) == [.spawn])
        #expect(machine.restarts == 1)
    }

    @Test func delaysDoubleUpToTheMaximum() {
        var policy = BackoffPolicy()
        var random = SeededRandom(seed: 5)
        policy.jitter = 0
        let delays = (1...8).map { policy.delay(failures: $0, random: &random) }
        #expect(delays == [0.5, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
        policy.jitter = 0.1
        for failures in 1...8 {
            let delay = policy.delay(failures: failures, random: &random)
            #expect(delay >= delays[failures - 1] && delay <= delays[failures - 1] * 1.1)
        }
    }
}
