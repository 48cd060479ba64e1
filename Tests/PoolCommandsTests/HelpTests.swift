import PoolAPI
import PoolCommands
import Testing

@Suite struct HelpTests {
    static let verbs = [
        "status", "health", "logs", "events", "stats", "top", "start", "stop", "restart", "roll", "scale", "drain",
        "resume", "maint", "weight", "signal", "wait", "ops", "ops list", "ops show", "ops watch", "ops cancel",
        "cancel", "init", "check", "import", "export", "plan",
        "reload", "config", "config show", "config diff", "config paths",
        "proxy", "proxy replace", "front", "front hold", "front maintenance",
        "front open", "hold", "certificate", "certificate list", "certificate show",
        "certificate reload", "certificate self-signed", "upgrade", "shutdown", "version", "doctor", "openapi",
        "metrics",
        "completion", "manual",
    ]

    /// What a newcomer reads, as it stands: a change of the command line shows up as a diff of this file.
    @Test func theHelpIsAsRecorded() throws {
        var text = CommandRun("--help").output
        for verb in Self.verbs {
            let run = CommandRun("\(verb) --help")
            #expect(run.exitCode == .done)
            text += "\n==== poolctl \(verb)\n\(run.output)"
        }
        try expectGolden(text, "help.txt")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreMade(_ shell: String) {
        let run = CommandRun("completion \(shell)")
        #expect(run.exitCode == .done)
        #expect(run.output.contains("poolctl") && run.output.contains("restart"))
    }

    @Test(arguments: [
        "frobnicate", "status --frob", "stop", "scale", "scale many", "scale =3", "logs -n -1", "logs -n 100001",
        "logs --since yesterday", "wait --for never", "ops show banana", "completion tcsh", "status --timeout soon",
        "events --kind weather", "status 'a b'", "logs 4-1",
    ])
    func badUsageEndsWithTwo(_ arguments: String) {
        let run = CommandRun(arguments, answers: daemon())
        #expect(run.exitCode == .usage, "\(run.output)\(run.errors)")
        #expect(run.output.isEmpty && !run.errors.isEmpty)
    }

    /// What users of other tools type is no verb of ours, or it would never be asked; each is told what to type instead.
    @Test func verbsOfOtherToolsAreAnswered() throws {
        var seen: Set<String> = []
        for word in ForeignVerbs.rows.flatMap(\.words) {
            #expect(seen.insert(word).inserted, "\(word) is there twice")
            let run = CommandRun(word, answers: daemon())
            #expect(run.exitCode == .usage)
            #expect(run.errors.contains("there is no verb \(word)"), "\(word) is a verb")
            #expect(run.errors.contains("'s \(word): "), "\(run.errors)")
        }
        #expect(ForeignVerbs.hint(for: "frobnicate") == nil)
    }

    /// The verbs that the hints name are there.
    @Test func whatIsNamedInsteadIsThere() {
        let words = ForeignVerbs.rows.flatMap { $0.instead.split(whereSeparator: { " ,;:".contains($0) }) }
        let named = Set(zip(words, words.dropFirst()).filter { $0.0 == "poolctl" }.map { String($0.1) })
        for verb in named where !["VERB", "--socket", "has"].contains(verb) {
            #expect(CommandRun("\(verb) --help").exitCode == .done, "\(verb)")
        }
    }

    @Test func theDocumentIsTheTable() throws {
        try expectGolden(ForeignVerbs.markdown, "../../../docs/VERBS.md")
    }

    @Test func versionIsPrinted() {
        #expect(CommandRun("--version").output == "\(APIVersion.product)\n")
    }
}
