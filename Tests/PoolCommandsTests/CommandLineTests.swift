import PoolAPI
import PoolClient
import PoolModel
import Testing

@testable import PoolCommands

@Suite struct CommandLineTests {
    /// The quick reader and ArgumentParser must be one program for whoever types.
    @Test(arguments: [
        "status", "status --json", "status --wide", "status 1 2-3", "status example_3 --json", "status state:running",
        "status nobody", "status --pool example", "status --pool=example", "status --pool other", "health",
        "health --json", "health --pool example", "health --pool exmaple", "--json status", "status -x", "status --",
        "--runtime-dir /x status", "--socket /x/s health --json", "status --socket", "health 1", "health --wide",
        "status --wide --wide", "--wide status", "status --pool -x", "--json", "status --json --json", "status status",
    ])
    func theQuickReaderIsTheSameProgram(_ line: String) {
        let quick = CommandRun(line, answers: answers)
        let slow = CommandRun(line, isQuick: false, answers: answers)
        #expect(quick.output == slow.output)
        #expect(quick.errors == slow.errors)
        #expect(quick.exitCode == slow.exitCode)
        #expect(quick.calls == slow.calls)
        #expect(quick.socket == slow.socket)
    }

    @Test func theCommonLinesAreReadQuickly() {
        for line in ["status", "status --json", "--pool a status 1", "health", "status --wide --runtime-dir /x"] {
            #expect(QuickLine(line.split(separator: " ").map(String.init)) != nil, "\(line)")
        }
        for line in ["status --help", "logs", "status -w", "status --pool", "", "--json"] {
            #expect(QuickLine(line.split(separator: " ").map(String.init)) == nil, "\(line)")
        }
    }

    @Test(arguments: [
        ("--json stop 1", "stop --json 1"), ("--pool a --color=never logs -f", "logs --pool a --color=never -f"),
        ("--json ops list", "ops list --json"), ("--json ops", "ops --json"),
        ("--socket /x config diff", "config diff --socket /x"), ("stop --json", "stop --json"),
        ("--timeout 3 init -- a --json", "init --timeout 3 -- a --json"), ("--json", "--json"),
        ("--runtime-dir", "--runtime-dir"), ("--help", "--help"), ("--json --help", "--json --help"),
        ("--what stop", "--what stop"),
    ])
    func commonOptionsMayStandInFront(_ line: String, _ moved: String) {
        func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
        #expect(GlobalOptions.moved(words(line)) == words(moved))
    }

    @Test(arguments: [
        "--json logs", "--pool example stop 1 --no-wait", "--timeout 5 wait", "--json ops list", "--color never events",
        "--json --pool example stats", "--pool example config diff",
    ])
    func everyVerbTakesThemInFront(_ line: String) {
        let run = CommandRun(line, isInterrupted: { true }, answers: daemon())
        #expect(run.exitCode != .usage, "\(run.errors)")
    }

    @Test func theSocketIsLookedForWhereItMayBe() {
        func socket(_ line: String, _ variables: [String: String] = [:], files: [String] = [], user: UInt32 = 1000)
            -> String
        {
            CommandRun(
                line,
                variables: variables,
                files: Dictionary(uniqueKeysWithValues: files.map { ($0, "") }),
                userID: user,
                answers: daemon()
            ).socket
        }
        let own = ["XDG_RUNTIME_DIR": "/run/user/1000"]
        #expect(socket("health", own) == "/run/user/1000/pool/control.sock")
        #expect(socket("health", own, files: ["/run/pool/control.sock"]) == "/run/pool/control.sock")
        let both = ["/run/pool/control.sock", "/run/user/1000/pool/control.sock"]
        #expect(socket("health", own, files: both) == "/run/user/1000/pool/control.sock")
        #expect(socket("health", user: 0) == "/run/pool/control.sock")
        #expect(socket("health --runtime-dir /x", ["POOL_SOCKET": "/s"], files: both) == "/x/control.sock")
        #expect(socket("health", ["POOL_SOCKET": "/s", "POOL_RUNTIME_DIR": "/y"]) == "/s")
        #expect(socket("health", ["POOL_RUNTIME_DIR": "/y"], files: both) == "/y/control.sock")
        #expect(socket("logs --socket /t --runtime-dir /x") == "/t")
    }

    @Test func aTemplateMakesALineOfEachWorker() {
        let run = CommandRun(
            "status 1-2 --format '{name}\\t{state} {{{health}}} {weight}'",
            answers: daemon()
        )
        #expect(run.output == "example_1\tRUNNING {healthy} 1\nexample_2\tRUNNING {unhealthy} 1\n", "\(run.errors)")
        for bad in ["{nme}", "{name", "name}"] {
            #expect(CommandRun("status --format \(bad)", answers: daemon()).exitCode == .usage)
        }
        #expect(CommandRun("status --json --format x", answers: daemon()).exitCode == .usage)
    }

    @Test func everyFieldOfATemplateIsAWord() {
        for field in StatusTemplate.Field.allCases {
            let run = CommandRun("status 1 --format '{\(field.rawValue)}'", answers: daemon())
            #expect(run.exitCode == .done && run.output.count > 1, "\(field)")
        }
    }

    @Test func logsAreChosenByLevelAndLife() throws {
        let run = CommandRun("logs --level warning --previous -n 5", answers: daemon())
        let query = try #require(run.calls.first?.query.text)
        #expect(query.contains("level=warning") && query.contains("life=previous"))
        let present = CommandRun("logs --since-start", answers: daemon()).calls.first?.query.text
        #expect(present?.contains("life=present") == true)
        for bad in ["logs --previous --since-start", "logs --previous -f", "logs --level loud"] {
            #expect(CommandRun(bad, answers: daemon()).exitCode == .usage)
        }
    }

    @Test func weightsAreSetPoolByPool() throws {
        let run = CommandRun("weight 3 1 --why 'a larger machine'", answers: daemon())
        let call = try #require(run.calls.first { $0.route.id == .weigh })
        let request: WeightRequest = try JSONCoding.decode(from: call.body)
        #expect(request == WeightRequest(weight: 3, workers: ["example_1"], why: "a larger machine"))
        #expect(run.output == "example_1: weight 1\n")
        #expect(CommandRun("weight 257 1", answers: daemon()).exitCode == .usage)
        #expect(CommandRun("weight 3", answers: daemon()).exitCode == .usage)
    }

    @Test func aDifferenceIsShownByKey() {
        let run = CommandRun("config diff", answers: daemon())
        #expect(run.exitCode == .failed)
        #expect(
            run.output == """
                --- example, generation 2
                +++ /etc/pool/example.toml
                [pool]
                -workers = 5
                +workers = 6

                """
        )
        #expect(CommandRun("config show", answers: daemon()).output.contains("workers = 5"))
    }

    @Test func initAsksOnATerminal() throws {
        let typed = ["shop", "python3 'my app.py' --port={port}", "9001", "2", "0.0.0.0:80", "/up"]
        let run = CommandRun("init", isTerminal: true, typed: typed)
        #expect(run.exitCode == .done, "\(run.errors)")
        #expect(run.errors.contains("How many workers [4]: "))
        let config = CommandRun("config - --json", files: ["-": run.output])
        let spec = try JSONCoding.decode(PoolSpec.self, from: Array(config.output.utf8))
        #expect(spec.name == "shop" && spec.workers == 2 && spec.health.path == "/up")
        #expect(spec.worker.command == ["python3", "my app.py", "--port={port}"])
        #expect(spec.worker.listen.contains("9000+n") && spec.worker.environment["PYTHONUNBUFFERED"] == "1")
        #expect(run.output.split(separator: "\n").filter { $0.hasPrefix("# ") }.count > 8)
        let offered = CommandRun("init", isTerminal: true, typed: ["", "app {socket}"])
        #expect(offered.exitCode == .done && offered.output.contains("name = \"example\""))
    }

    @Test func theManualIsAsRecorded() throws {
        try expectGolden(ManualPage.text, "../../../docs/man/poolctl.1")
    }

    private var answers: CommandRun.Answers {
        { call throws(SessionError) in
            if call.target.contains("pool=other") { return Problem(.notFound, "pool other does not exist") }
            return try daemon()(call)
        }
    }
}
