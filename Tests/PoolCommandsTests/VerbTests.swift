import PoolAPI
import PoolClient
import PoolCommands
import PoolModel
import Testing

@Suite struct VerbTests {
    @Test func aDirectoryIsCheckedFileByFile() {
        let good = "[pool]\nname = \"a\"\n[worker]\ncommand = [\"/bin/a\"]\n"
        let files = [
            "/etc/pool/a.toml": good, "/etc/pool/b.toml": "[pool]\nnam = 1\n", "/etc/pool/notes": "x", "/x/y": "",
        ]
        let run = CommandRun("check /etc/pool", files: files)
        #expect(run.exitCode == .failed)
        #expect(run.output.contains("/etc/pool/a.toml: ok") && run.output.contains("/etc/pool/b.toml:2:1: error"))
        let none = CommandRun("check /x", files: files)
        #expect(none.exitCode == .failed && none.errors.contains("there is no *.toml in /x"))
    }

    @Test(arguments: ["status -o json", "status --output json 1", "stats -ojson", "events --output=json"])
    func otherToolsOptionsForJSONAreExplained(line: String) {
        let run = CommandRun(line)
        #expect(run.exitCode == .usage && run.errors.hasSuffix("  --json prints JSON\n"), "\(run.errors)")
    }

    @Test func aFileIsNoPoolToPlan() {
        for line in ["plan web.toml", "reload ./web", "apply /etc/pool/web.toml"] {
            let run = CommandRun(line)
            #expect(run.exitCode == .usage && run.errors.contains("is a file: give the name of its pool"))
            #expect(run.calls.isEmpty)
        }
    }

    @Test func whatTheProxiesCountIsOfNoWorker() {
        let run = CommandRun("stats --proxy 1-2 3", answers: daemon())
        #expect(run.exitCode == .usage && run.errors.contains("leave 1-2 3 away"))
    }

    @Test func initAsksAgainInsteadOfForgettingAll() {
        let typed = ["shop", "app {port}", "many", "99999", "9001", "none", "5000", "3", "here", "127.0.0.1:9000", ""]
        let run = CommandRun("init", isTerminal: true, typed: typed)
        #expect(run.exitCode == .done, "\(run.errors)")
        for text in [
            "many is not a number from 1 to 65535", "none is not a number from 1 to 4096", "here is not an address",
        ] {
            #expect(run.errors.contains(text))
        }
        #expect(run.output.contains("workers = 3") && run.output.contains("127.0.0.1:9000"))
    }

    @Test func statusSaysWhetherAllRun() {
        #expect(CommandRun("status", answers: daemon()).exitCode == .notRunning)
        #expect(CommandRun("status 1 2 4", answers: daemon()).exitCode == .done)
        #expect(CommandRun("status 12", answers: daemon()).exitCode == .notRunning)
        #expect(CommandRun("ps state:running", answers: daemon()).exitCode == .done)
    }

    @Test func statusAsJSONIsTheMessage() throws {
        let run = CommandRun("status 2 --json", answers: daemon())
        let state = try JSONCoding.decode(StateSnapshot.self, from: Array(run.output.utf8))
        #expect(state.pools.flatMap(\.workers).map(\.name) == ["example_2"])
        #expect(run.output.split(separator: "\n").count == 1)
    }

    @Test func unknownWorkersAreNamedWithTheirNeighbours() {
        let run = CommandRun("status exmaple_2", answers: daemon())
        #expect(run.exitCode == .unknownOrDenied)
        #expect(run.errors.contains("worker exmaple_2 does not exist"))
        #expect(run.errors.contains("did you mean example_2"))
    }

    @Test(arguments: [
        (SessionError(.noDaemon, "no daemon: /x does not exist", remedy: "start one"), ExitCode.noDaemon),
        (SessionError(.staleSocket, "no daemon: nobody listens"), .noDaemon),
        (SessionError(.denied, "permission denied: /x"), .unknownOrDenied),
        (SessionError(.timedOut, "did not answer"), .waitTimedOut),
        (SessionError(.cut, "was cut off"), .failed),
    ])
    func withoutAnAnswerTheExitCodeTellsWhy(_ error: SessionError, _ code: ExitCode) {
        for verb in [
            "status", "restart 1", "logs", "events", "stats", "health", "ops", "reload", "shutdown", "status -w",
        ] {
            // What does not answer is asked again until the time is over.
            let run = CommandRun(
                verb + " --timeout 1",
                records: { _ throws(SessionError) in throw error },
                answers: { _ throws(SessionError) in throw error }
            )
            #expect(run.exitCode == code, "\(verb)")
            #expect(run.errors.hasPrefix("poolctl: \(error.message)\n"), "\(verb): \(run.errors)")
            #expect(run.output.isEmpty)
        }
    }

    @Test func anOlderDaemonIsNamed() {
        let run = CommandRun("stats")
        #expect(run.exitCode == .failed)
        #expect(run.errors.contains("the daemon (version 0.0.9) does not know this request"))
    }

    @Test func aRefusalIsShownWithItsRemedy() {
        let answers: CommandRun.Answers = { call throws(SessionError) in
            call.route.id == .act
                ? Problem(.permissionDenied, "restart needs operate", remedy: "join the group pool")
                : try daemon()(call)
        }
        let run = CommandRun("restart 1", answers: answers)
        #expect(run.exitCode == .unknownOrDenied)
        #expect(run.errors == "poolctl: restart needs operate\n  join the group pool\n")
    }

    @Test func actionsNameTheWorkersThatWereLookedUp() throws {
        let some = try CommandRun("restart state:unhealthy 1 --why 'a leak' --no-wait", answers: daemon()).action()
        #expect(some.verb == .restart && some.workers == ["example_1", "example_2"] && some.why == "a leak")
        let all = try CommandRun("stop all --force --no-wait", answers: daemon()).action()
        #expect(all.verb == .stop && all.workers == [] && all.force)
        let roll = try CommandRun("roll --batch 2 --no-wait", answers: daemon()).action()
        #expect(roll.verb == .roll && roll.batch == 2)
        let maintenance = try CommandRun("maint 3 --no-wait", answers: daemon()).action()
        #expect(maintenance.verb == .maintenance && maintenance.workers == ["example_3"])
    }

    @Test func aSignalIsGuardedByTheLife() throws {
        let action = try CommandRun("signal sigusr1 1,3 --no-wait", answers: daemon()).action()
        #expect(action.signal == "USR1")
        // example_3 has no process.
        #expect(action.expected == [WorkerGuard(worker: WorkerID(pool: "example", number: 1), life: 1)])
    }

    @Test(arguments: [("6", 6), ("example=6", 6), ("+2", 7), ("example=-1", 4)])
    func scaleCounts(_ size: String, _ count: Int) throws {
        let action = try CommandRun("scale --no-wait -- \(size)", answers: daemon()).action()
        #expect(action.verb == .scale && action.count == count && action.expectedGeneration == 2)
    }

    @Test func deployCarriesItsPolicyAndChanges() throws {
        let run = CommandRun(
            "deploy --surge 1 --canary 1 --bake 60 --max-failures 0.02 --env A=1 --directory /srv/42 --no-wait"
                + " --why 'release 42' -- python3 app.py",
            answers: daemon()
        )
        let call = try #require(run.calls.first { $0.route.id == .deploy }, "\(run.errors)")
        let request: DeployRequest = try JSONCoding.decode(from: call.body)
        #expect(request.command == ["python3", "app.py"] && request.environment == ["A=1"])
        #expect(request.directory == "/srv/42" && request.why == "release 42")
        #expect(request.surge == 1 && request.canary == 1 && request.bakeSeconds == 60)
        #expect(request.failureShareMax == 0.02 && request.unavailableMax == nil && request.rollsBack)
        #expect(request.expectedGeneration == 2)
        for wrong in ["--bake 60", "--env A", "--batch 0", "--max-failures 2", "--canary -1"] {
            let refused = CommandRun("deploy \(wrong)", answers: daemon())
            #expect(refused.exitCode != .done && !refused.calls.contains { $0.route.id == .deploy }, "\(wrong)")
        }
        let rolledBack = CommandRun(
            "deploy",
            answers: daemon(operation: Fixtures.operation(.rolledBack, result: "rolled back 1 of 4 workers"))
        )
        #expect(rolledBack.exitCode == .rolledBack)
    }

    @Test(arguments: [("ops pause 17", Route.ID.pauseOperation), ("ops resume op-17", .resumeOperation)])
    func operationsAreHeldAndLetGo(_ line: String, _ route: Route.ID) {
        let run = CommandRun(line, answers: daemon())
        #expect(run.exitCode == .done && run.calls.contains { $0.route.id == route }, "\(run.errors)")
    }

    @Test func scaleOfSeveralPoolsNeedsAName() {
        let two = Fixtures.state([Fixtures.pool(), Fixtures.pool([], name: "other")])
        #expect(CommandRun("scale 6", answers: daemon(two)).exitCode == .usage)
        #expect(CommandRun("scale oter=6", answers: daemon(two)).errors.contains("did you mean other?"))
    }

    @Test func nobodyMeantIsNothingDone() {
        let run = CommandRun("restart state:fatal", answers: daemon())
        #expect(run.exitCode == .done)
        #expect(run.output == "nothing to restart: no worker is meant by state:fatal\n")
        #expect(!run.calls.contains { $0.route.id == .act })
    }

    @Test(arguments: [
        (Operation.State.succeeded, ExitCode.done), (.failed, .failed), (.cancelled, .failed),
        (.rolledBack, .rolledBack),
    ])
    func theVerdictIsTheExitCode(_ state: Operation.State, _ code: ExitCode) {
        let steps: [Operation.State] = [.succeeded, .running]
        let run = CommandRun(
            "restart 1 2",
            records: { _ in
                stream(
                    .change,
                    [
                        Fixtures.operation(.running, steps: steps),
                        Fixtures.operation(state, steps: [.succeeded, state], result: "the end"),
                    ]
                )
            },
            answers: daemon()
        )
        #expect(run.exitCode == code, "\(run.errors)")
        #expect(
            run.output == """
                op-17 example_1: succeeded
                op-17 example_2: running: waiting for health
                op-17 example_2: \(state.rawValue)
                op-17 restart example: \(state.rawValue): the end

                """
        )
    }

    @Test func onATerminalProgressIsOneLine() {
        let run = CommandRun(
            "restart 1 2",
            isTerminal: true,
            columns: 60,
            variables: ["NO_COLOR": "1"],
            records: { _ in
                stream(
                    .change,
                    [
                        Fixtures.operation(.running, steps: [.running, .queued]),
                        Fixtures.operation(.succeeded, steps: [.succeeded, .succeeded], result: "2 restarted"),
                    ]
                )
            },
            answers: daemon()
        )
        #expect(run.output.contains("op-17 restart example [--------------------] 0 of 2 done"))
        #expect(run.output.hasSuffix("\r\u{1b}[Kop-17 restart example: succeeded: 2 restarted\n"))
    }

    @Test func aWaitThatIsOverLeavesTheOperationGoing() {
        let run = CommandRun(
            "restart 1 --timeout 10ms",
            records: { _ in stream(.change, [Fixtures.operation(.running, steps: [.running])]) },
            answers: daemon()
        )
        #expect(run.exitCode == .waitTimedOut)
        #expect(run.errors.contains("the wait timed out; op-17 goes on (poolctl ops watch op-17)"))
    }

    @Test func controlCEndsTheWaitNotTheOperation() {
        var asked = 0
        let run = CommandRun(
            "ops watch 17",
            isInterrupted: {
                asked += 1
                return asked > 3
            },
            records: { _ in stream(.change, [Fixtures.operation(.running, steps: [.running])]) },
            answers: daemon()
        )
        #expect(run.exitCode == .waitTimedOut)
        #expect(run.errors.contains("interrupted; op-17 goes on"))
    }

    @Test func resultsAsJSONAreOneDocument() throws {
        let run = CommandRun(
            "stop 1 --json",
            records: { _ in stream(.change, [Fixtures.operation(.succeeded, verb: .stop)]) },
            answers: daemon()
        )
        let list = try JSONCoding.decode(OperationList.self, from: Array(run.output.utf8))
        #expect(list.operations.map(\.state) == [.succeeded])
    }

    @Test func waitIsOverWhenItIsSo() {
        let green = Fixtures.state([Fixtures.pool([Fixtures.worker(1), Fixtures.worker(2)])])
        let run = CommandRun(
            "wait --for healthy",
            records: { _ in
                stream(.snapshot, [Fixtures.state()])
                    + stream(.change, [StateChange(from: Fixtures.state(), to: green)])
            }
        )
        #expect(run.exitCode == .done)
        #expect(run.output == "healthy\n")
    }

    @Test(arguments: [
        ("--for running 1 2", ExitCode.done), ("--for ready=1", .done), ("--for ready=2", .waitTimedOut),
        ("--for stopped 12", .done), ("--for stopped 3", .waitTimedOut), ("--for daemon", .done),
        ("--for healthy 9", .unknownOrDenied),
    ])
    func conditionsHoldOrNot(_ arguments: String, _ code: ExitCode) {
        let run = CommandRun(
            "wait \(arguments) --timeout 20ms",
            records: { _ in stream(.snapshot, [Fixtures.state()]) }
        )
        #expect(run.exitCode == code, "\(run.errors)")
    }

    @Test func aWaitInVainSaysWhoIsMissing() {
        let run = CommandRun("wait --timeout 20ms", records: { _ in stream(.snapshot, [Fixtures.state()]) })
        #expect(run.errors.contains("the wait timed out: not healthy"))
        #expect(run.errors.contains("example_2: RUNNING, unhealthy: probe: HTTP 503"))
    }

    @Test func waitingForADaemonThatNeverComesEndsWithFive() {
        let run = CommandRun(
            "wait --timeout 20ms",
            records: { _ throws(SessionError) in throw SessionError(.noDaemon, "no daemon: /x does not exist") }
        )
        #expect(run.exitCode == .noDaemon)
    }

    @Test func logsAreAskedForAsTold() throws {
        let run = CommandRun(
            "logs 1-2 -n 5 --since 10m --grep 'x y' --regex 'a|b' -i --stream stderr --stream mark",
            answers: daemon()
        )
        let query = LogQuery(try Query(String(run.calls[0].query.text.dropFirst()), for: .of(.logs)))
        #expect(
            query.workers == ["1-2"] && query.tail == 5 && query.grep == "x y" && query.regex == "a|b"
                && query.ignoreCase
        )
        #expect(query.streams == [.stderr, .mark] && query.since == Fixtures.ago(600))
    }

    @Test func followedLogsSurviveTheDaemon() {
        var opened = 0
        let run = CommandRun(
            "logs -f --timeout 300ms",
            records: { call throws(SessionError) in
                opened += 1
                if opened == 2 { throw SessionError(.staleSocket, "no daemon: nobody listens") }
                if opened > 3 { throw SessionError(.noDaemon, "no daemon") }
                if opened == 3 {
                    #expect(call.headers["Last-Event-ID"] == "2")
                    return [[StreamRecord.gap(StreamGap(missed: 3), sequence: 5)]]
                        + stream(.change, [Fixtures.line("c")])
                }
                return stream(.change, [Fixtures.line("a"), Fixtures.line("b")])
            }
        )
        #expect(run.exitCode == .done)
        #expect(run.output.split(separator: "\n").map { $0.suffix(1) } == ["a", "b", "c"])
        #expect(run.errors.contains("waiting for the daemon"))
        #expect(run.errors.contains("connected again"))
        #expect(run.errors.contains("3 records were missed"))
    }

    @Test func aClosedPipeIsNoError() {
        let run = CommandRun(
            "logs -f",
            closesOutputAfter: 10,
            records: { _ in stream(.change, [Fixtures.line("a"), Fixtures.line("b")]) }
        )
        #expect(run.exitCode == .done)
        #expect(run.errors.isEmpty)
    }

    @Test func checkFindsMistakesWithoutADaemon() {
        let run = CommandRun("check a.toml b.toml", files: ["a.toml": "[pool\n", "b.toml": "[pool]\nnmae = \"x\"\n"])
        #expect(run.exitCode == .failed)
        #expect(run.output.contains("a.toml:1:"))
        #expect(run.output.contains("b.toml:2:1: error: "))
        #expect(CommandRun("check c.toml").exitCode == .unknownOrDenied)
    }

    @Test func topBecomesTheDashboard() {
        let run = CommandRun("top --runtime-dir /tmp/x")
        #expect(run.executed == ["pooltop", "--runtime-dir", "/tmp/x"])
    }

    @Test func versionNeedsNoDaemon() {
        let run = CommandRun(
            "version",
            answers: { _ throws(SessionError) in throw SessionError(.noDaemon, "no daemon: none") }
        )
        #expect(run.exitCode == .done)
        #expect(run.output == "poolctl \(APIVersion.product)\npoold   no daemon: none\n")
    }

    @Test func theProxyIsReplaced() {
        let run = CommandRun("proxy replace --loops 2 --drain 60 --why upgrade", answers: daemon())
        #expect(run.exitCode == .done)
        #expect(run.output == "the proxy is replaced: pid 4711 serves with 2 loops, 1 before it drain\n")
        let json = CommandRun("proxy replace --json", answers: daemon())
        #expect(json.output.contains("\"draining\":1"))
    }

    @Test func shutdownIsOverWhenTheSocketIsGone() {
        var opened = 0
        let run = CommandRun(
            "shutdown",
            records: { _ throws(SessionError) in
                opened += 1
                if opened > 2 { throw SessionError(.noDaemon, "gone") }
                return stream(.change, [Fixtures.operation(.running, verb: .shutdown, steps: [.succeeded])])
            },
            answers: daemon(operation: Fixtures.operation(.running, verb: .shutdown))
        )
        #expect(run.exitCode == .done)
        #expect(run.output.hasSuffix("the daemon has ended\n"))
    }
}
