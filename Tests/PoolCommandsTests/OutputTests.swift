import PoolAPI
import PoolClient
import PoolModel
import Testing

@testable import PoolCommands

@Suite struct OutputTests {
    @Test func textIsAsRecorded() throws {
        var text = ""
        func show(_ title: String, _ run: CommandRun) {
            text += "==== \(title) (exit \(run.exitCode.rawValue))\n\(run.output)"
            if !run.errors.isEmpty { text += "---- errors\n\(run.errors)" }
        }
        let running = Fixtures.operation(.running, steps: [.succeeded, .running, .queued])
        let busy = Fixtures.state(operations: [running])
        show("status", CommandRun("status", answers: daemon(busy)))
        show("status --wide", CommandRun("status --wide", answers: daemon()))
        show("status 2-3", CommandRun("status 2-3", answers: daemon()))
        for columns in [100, 60, 40] {
            let run = CommandRun("status --color never", isTerminal: true, columns: columns, answers: daemon())
            show("status, \(columns) columns", run)
            for line in run.output.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
        }
        show("status of nothing", CommandRun("status", answers: daemon(Fixtures.state([]))))
        show("stats", CommandRun("stats", answers: daemon()))
        show("health", CommandRun("health", answers: daemon()))
        show("events", CommandRun("events", answers: daemon()))
        show("logs", CommandRun("logs", answers: daemon()))
        show("ops", CommandRun("ops", answers: daemon(operation: running)))
        show("ops show", CommandRun("ops show op-17", answers: daemon(operation: running)))
        show("cancel", CommandRun("cancel 17", answers: daemon(operation: Fixtures.operation(.cancelled))))
        show("config paths", CommandRun("config paths"))
        show("config diff", CommandRun("config diff", answers: daemon()))
        try expectGolden(text, "output.txt")
    }

    @Test func coloursAreForTerminals() {
        let escape = "\u{1b}["
        #expect(CommandRun("status", isTerminal: true, columns: 200, answers: daemon()).output.contains(escape))
        #expect(!CommandRun("status", answers: daemon()).output.contains(escape))
        #expect(CommandRun("status --color always", answers: daemon()).output.contains(escape))
        let none = CommandRun("status", isTerminal: true, variables: ["NO_COLOR": "1"], answers: daemon())
        #expect(!none.output.contains(escape))
        let dumb = CommandRun("status", isTerminal: true, variables: ["TERM": "dumb"], answers: daemon())
        #expect(!dumb.output.contains(escape))
    }

    /// No text of a worker reaches a terminal as a control sequence, whatever shows it.
    @Test func strangersCannotDriveTheTerminal() {
        let evil = "\u{1b}]0;owned\u{07}\u{9b}2J\u{202e}abc\r\u{7f}"
        var worker = Fixtures.worker(1, health: .unhealthy)
        worker.status.reason = evil
        var operation = Fixtures.operation(.running, steps: [.running], result: evil)
        operation.steps[0].detail = evil
        operation.actor = evil
        operation.why = evil
        var event = Fixtures.event
        event.message = evil
        event.actor = evil
        let state = Fixtures.state([Fixtures.pool([worker])], operations: [operation])
        for verb in ["status --color never", "ops", "ops show 17", "events", "logs"] {
            let answers: CommandRun.Answers = { call throws(SessionError) in
                switch call.route.id {
                case .events: EventList(events: [event], sequence: 1)
                case .logs: LogPage(lines: [Fixtures.line(evil)], sequence: 1)
                default: try daemon(state, operation: operation)(call)
                }
            }
            let run = CommandRun(
                verb,
                isTerminal: true,
                columns: 400,
                variables: ["NO_COLOR": "1"],
                answers: answers
            )
            let scalars = run.output.unicodeScalars.filter {
                $0 != "\n" && ($0.properties.generalCategory == .control || $0.value == 0x202E)
            }
            #expect(scalars.isEmpty, "\(verb): \(run.output.debugDescription)")
            #expect(run.output.contains("^[]0;owned^G"), "\(verb): \(run.output)")
        }
    }

    @Test(arguments: [
        ("plain", false, "plain"),
        ("a\tb", false, "a       b"),
        ("1234567\tb", false, "1234567 b"),
        ("\u{1b}[31mred\u{1b}[0m", false, "^[[31mred^[[0m"),
        ("\u{1b}[31mred\u{1b}[0m", true, "\u{1b}[31mred\u{1b}[0m\u{1b}[0m"),
        ("\u{1b}[2Jx\u{1b}[1;31", true, "^[[2Jx^[[1;31"),
        ("\u{1b}[?25l", true, "^[[?25l"),
        ("naïve 漢字 😀", false, "naïve 漢字 😀"),
        ("\u{85}\u{feff}\u{2066}", false, "<85><feff><2066>"),
        ("\0\r\u{7f}", false, "^@^M^?"),
    ])
    func textIsMadeHarmless(_ text: String, _ keepsColors: Bool, _ expected: String) {
        #expect(TerminalText.clean(text, keepsColors: keepsColors) == expected)
    }

    @Test func aPipeGetsLinesAsTheyWereWritten() {
        let answers: CommandRun.Answers = { _ in LogPage(lines: [Fixtures.line("\u{1b}[31mred")], sequence: 1) }
        #expect(CommandRun("logs", answers: answers).output.hasSuffix("| \u{1b}[31mred\n"))
    }

    @Test func figuresAreShort() {
        #expect(
            [0.25, 9.96, 59.9, 192, 7500, 273_600].map { Figures.duration(seconds: $0) }
                == ["0.3s", "10.0s", "59s", "3m12s", "2h05m", "3d04h"]
        )
        #expect(
            [0, 1023, 1024, 24_500_000, 300 << 20, 5 << 40].map { Figures.bytes($0) }
                == ["0B", "1023B", "1.0K", "23.4M", "300M", "5.0T"]
        )
        #expect([0, 3.21, 153.4, 12_345].map { Figures.rate($0) } == ["0", "3.2", "153", "12.3k"])
        #expect(
            [0.84, 12, 999.6, 1234].map { Figures.latency(milliseconds: $0) } == ["0.8ms", "12ms", "1000ms", "1.2s"]
        )
        #expect(Figures.rate(.nan) == "-" && Figures.duration(seconds: .infinity) == "-")
        #expect(Figures.fixed(-0.25, 1) == "-0.3" && Figures.fixed(-1.5, 0) == "-2")
    }

    @Test(arguments: [
        ("30", 30.0), ("1.5", 1.5), ("500ms", 0.5), ("10s", 10), ("1h30m", 5400), ("2d", 172_800), ("0", 0),
    ])
    func durationsAreRead(_ text: String, _ seconds: Double) {
        #expect(Duration(spoken: text)?.inSeconds == seconds)
    }

    @Test(arguments: ["", "s", "-1", "1x", "1m30", "1.2.3s", "٣s", "1e5", "nan", "inf", "10 s", "9999999999"])
    func otherDurationsAreNot(_ text: String) { #expect(Duration(spoken: text) == nil) }
}
