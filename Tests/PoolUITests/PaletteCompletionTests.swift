import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

/// The command line completes whatever the daemon knows, by poolctl's grammar.
struct PaletteCompletionTests {
    private func text(_ model: DashboardModel) -> String {
        guard case .palette(let palette) = model.dialog else { return "" }
        return palette.editor.text
    }

    @Test(
        arguments: [
            ("res", ["restart", "resume"]), ("restart 1", ["10", "11", "1", "12", "13", "14", "15", "16"]),
            ("restart state:b", ["state:backoff"]),
            ("restart health:", ["health:unknown", "health:unhealthy", "health:healthy"]),
            ("stop --f", ["--force"]), ("drain --f", []), ("drain --", ["--why"]), ("drain --why ", []),
            ("deploy --ba", ["--batch", "--bake"]), ("deploy --batch 1 --ba", ["--bake"]), ("deploy --batch ", []),
            ("signal h", ["HUP"]), ("signal HUP web-prod_12", ["web-prod_12"]), ("level w", ["warning"]),
            ("theme ", ["auto"]), ("front m", ["maintenance"]), ("front open --", ["--for", "--why"]),
            ("pool ", ["web-prod", "api"]), ("columns id p", ["pid", "p50", "p99"]), ("reload ", []), ("nonsense ", []),
            ("cancel ", ["op-17"]),
        ] as [(String, [String])]
    )
    func theNextWordIsKnown(_ line: String, _ expected: [String]) {
        var model = Demo.model(pools: ["web-prod", "api"])
        var state = Demo.state(second: 41, pools: ["web-prod", "api"])
        state.operations = [
            PoolModel.Operation(
                id: OperationID(number: 17),
                verb: .roll,
                pool: "web-prod",
                actor: "alice",
                why: "",
                state: .running,
                createdAt: Demo.now
            )
        ]
        Demo.apply(&model, .state(state))
        let words = model.choices(for: line).map { $0.shown.split(separator: " ").first.map(String.init) ?? "" }
        #expect(Set(words) == Set(expected), "\(line): \(words)")
        // What is taken is understood, and only adds to what was typed.
        for choice in model.choices(for: line) {
            #expect(choice.line.lowercased().hasPrefix(line.lowercased()), "\(choice.line)")
        }
    }

    @Test func workersAreCompletedBehindAComma() {
        let model = Demo.model()
        #expect(model.choices(for: "restart 3,5-7,web-prod_2").map(\.shown) == ["3,5-7,web-prod_2"])
        // Those that are not well come first, with why.
        let choices = model.choices(for: "restart ")
        #expect(choices.first?.shown == "all")
        #expect(choices.first { $0.shown.first?.isNumber == true }?.help.contains("draining") == true)
        #expect(choices.contains { $0.shown == "5" && $0.help.contains("exit status 1") })
    }

    @Test func tabTakesWordAfterWordAndEnterRuns() {
        var model = Demo.model()
        Demo.type(&model, ":restart state:b")
        Demo.press(&model, [.tab])
        #expect(text(model) == "restart state:backoff ")
        Demo.type(&model, "--f")
        Demo.press(&model, [.tab])
        #expect(text(model) == "restart state:backoff --force ")
        Demo.type(&model, "--why 'disk is full'")
        Demo.press(&model, [.enter])
        guard case .confirm(let question) = model.dialog else {
            Issue.record("it does not ask: \(model.notice?.text ?? "")")
            return
        }
        #expect(question.command == "poolctl restart 5 --force --why 'disk is full'")
        guard case .act(_, let request) = question.deed else { return }
        #expect(request.force && request.why == "disk is full" && request.workers == ["web-prod_5"])
    }

    @Test func theArrowsChooseAWordAndEnterTakesIt() {
        var model = Demo.model()
        Demo.type(&model, ":level ")
        Demo.press(&model, [.down, .down, .enter])
        #expect(model.logs.minimum == .warning)
        // Without the arrows the line is run as it stands.
        Demo.type(&model, ":sort p")
        Demo.press(&model, [.enter])
        #expect(model.notice?.role == .bad)
    }

    @Test func whatWantsAWordIsNotRunWithoutIt() {
        var model = Demo.model()
        Demo.type(&model, ":sig")
        Demo.press(&model, [.enter])
        #expect(text(model) == "signal ")
        #expect(view(model).text.contains("NAME [WORKERS]"))
    }

    /// A whole name is that command, though others begin with it or like it.
    @Test func aWholeNameIsNotAnothersBeginning() {
        var model = Demo.model()
        Demo.type(&model, ":pool")
        Demo.press(&model, [.enter])
        #expect(model.dialog == nil && model.view == .workers)
    }

    /// Several commands begin so: which is meant is not guessed, least of all from an empty line.
    @Test(arguments: ["", "st", "re"])
    func whatMayBeSeveralCommandsIsNone(_ line: String) {
        var model = Demo.model()
        Demo.type(&model, ":" + line)
        #expect(Demo.press(&model, [.enter]).isEmpty)
        #expect(text(model) == line, "the line stays open")
    }

    @Test func nothingIsOfferedWithinQuotes() {
        let model = Demo.model()
        #expect(model.choices(for: "restart --why \"new ").isEmpty)
        #expect(model.choices(for: "restart --why \"new cert\" ").contains { $0.shown == "all" })
    }

    @Test func aFilterInTheDetailIsOfItsLog() {
        var model = Demo.model()
        Demo.press(&model, [.enter])
        #expect(model.view == .detail)
        _ = model.execute("filter 500")
        #expect(model.view == .detail && model.logs.filter != nil && model.table.filter == nil)
    }

    @Test func linesTypedBeforeAreLookedThrough() {
        var model = Demo.model()
        for line in ["events", "level warning", "logs 3"] {
            Demo.type(&model, ":" + line)
            Demo.press(&model, [.enter])
        }
        Demo.type(&model, ":le")
        Demo.press(&model, [.control("r")])
        #expect(view(model).text.contains("Commands typed before"))
        #expect(view(model).text.contains("> level warning"))
        Demo.press(&model, [.enter])
        #expect(model.logs.minimum == .warning)
        // The arrows bring one after the other back, also those that have choices.
        Demo.type(&model, ":")
        Demo.press(&model, [.up, .up, .up])
        #expect(text(model) == "events")
        Demo.press(&model, [.down])
        #expect(text(model) == "logs 3")
    }

    @Test func whatIsTooMuchIsRefused() {
        for line in [
            "reload web", "events 3", "drain 1 --force", "restart --why", "cancel op-9", "scale +x", "roll 3",
            "pool a b", "sort cpu mem",
        ] {
            var model = Demo.model()
            #expect(model.execute(line).isEmpty)
            #expect(model.dialog == nil && model.notice?.role == .bad, "\(line)")
        }
    }

    @Test func aRefusedActionIsSaidBeforeItIsTyped() {
        var model = Demo.model()
        model.settings.isReadOnly = true
        Demo.type(&model, ":restart 3")
        #expect(view(model).text.contains("read-only"))
    }
}
