import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

struct ConfirmationTests {
    /// On the lowest screen the whole question can be read, with its buttons in sight.
    @Test(arguments: ["D", "*x", "r", "Ow"])
    func aLowScreenScrollsTheQuestion(_ keys: String) {
        var model = Demo.model(Size(columns: 40, rows: 10))
        Demo.type(&model, keys)
        let first = view(model).text
        var seen = first
        for _ in 0..<30 {
            Demo.press(&model, [.down])
            seen += view(model).text
            #expect(view(model).text.contains("Cancel"))
        }
        #expect(seen.contains("Same as:"))
        let last = view(model).text
        Demo.press(&model, [.pageDown])
        #expect(view(model).text == last, "it stops at its end")
        Demo.press(&model, Array(repeating: .pageUp, count: 10))
        #expect(view(model).text == first)
    }

    private func question(_ model: DashboardModel) throws -> PoolUI.Confirmation {
        guard case .confirm(let question) = model.dialog else { throw PoolError(.internal, "no question is open") }
        return question
    }

    /// Every key that acts opens a question, with Cancel focused, and sends nothing.
    @Test(arguments: KeyMap.standard.filter { $0.asks && $0.command != .cancelOperation })
    func everyActionAsks(_ binding: Binding) throws {
        for key in binding.keys {
            var model = Demo.model()
            Demo.press(&model, [.down])
            #expect(Demo.press(&model, [key]).isEmpty)
            // These two need a word more, which is typed behind them.
            if binding.command == .weight { #expect(Demo.press(&model, [.character("2"), .enter]).isEmpty) }
            if binding.command == .signal { #expect(Demo.press(&model, [.character("H"), .enter]).isEmpty) }
            let question = try question(model)
            #expect(question.focus == .cancel)
            #expect(question.command.hasPrefix("poolctl "))
            let text = view(model).text
            #expect(text.contains("[ Cancel ]"))
            #expect(text.contains(question.command))
            // Enter presses Cancel; nothing is sent whatever else is pressed that is not the answer.
            #expect(Demo.press(&model, [.character("z"), .up, .down, .enter]).isEmpty)
            // Where a name must be typed, a wrong one leaves the question open.
            if question.nameToType != nil { #expect(Demo.press(&model, [.backspace, .enter]).isEmpty) }
            #expect(model.dialog == nil)
        }
    }

    /// Only y, or a button that the focus was moved to, sends; each of these rows from a fresh question.
    @Test(arguments: [
        ([Key.character("y")], true), ([.right, .enter], true), ([.tab, .enter], true), ([.character("F")], true),
        ([.enter], false), ([.escape], false), ([.character("n")], false), ([.character("r")], false),
        ([.character(" ")], false), ([.right, .left, .enter], false), ([.left, .left, .left, .enter], false),
        ([.paste("y")], false), ([.control("y")], false), ([.function(9)], false),
    ])
    func onlyTheAnswerSends(_ keys: [Key], _ sends: Bool) {
        var model = Demo.model()
        Demo.type(&model, "r")
        let effects = Demo.press(&model, keys)
        #expect(effects.contains { if case .perform = $0 { true } else { false } } == sends)
    }

    @Test func theRequestNamesTheWorkersWithTheLivesThatWereSeen() throws {
        var model = Demo.model()
        Demo.press(&model, [.down, .character(" "), .down, .character(" "), .character("r")])
        // The worker is replaced while the question stands: the question must not follow it.
        var state = Demo.state(second: 40)
        state.pools[0].workers[1].status.life = 99
        Demo.apply(&model, .state(state))
        let effects = Demo.type(&model, "y")
        guard case .perform(.act(let pool, let request)) = effects.first else {
            Issue.record("nothing was sent: \(effects)")
            return
        }
        #expect(pool == "web-prod")
        #expect(request.verb == .restart)
        #expect(request.workers == ["web-prod_2", "web-prod_4"])
        #expect(request.expected.map(\.life) == [3, 2])
        #expect(request.force == false)
        try request.validate()
    }

    /// The weight is given to the processes that were seen, and a deploy goes over the generation that was seen.
    @Test func weightAndDeployCarryWhatWasSeen() throws {
        var model = Demo.model()
        #expect(model.execute("weight 3 2,4").isEmpty)
        guard case .perform(.weigh(_, let weight)) = Demo.type(&model, "y").first else {
            Issue.record("no weight was sent")
            return
        }
        #expect(weight.workers == ["web-prod_2", "web-prod_4"])
        #expect(weight.expected.map(\.life) == [3, 2])
        #expect(model.execute("deploy --batch 2 --canary 1 --bake 1m --env TOKEN=secret").isEmpty)
        let command = try question(model).command
        #expect(command == "poolctl deploy --batch 2 --canary 1 --bake 60 --env TOKEN=…")
        #expect(!view(model).text.contains("secret"))
        guard case .perform(.deploy(let pool, let deploy)) = Demo.type(&model, "y").first else {
            Issue.record("no deploy was sent")
            return
        }
        #expect(pool == "web-prod")
        #expect(deploy.expectedGeneration == model.pool?.generation)
        #expect((deploy.batch, deploy.canary, deploy.bakeSeconds) == (2, 1, 60))
        #expect(deploy.environment == ["TOKEN=secret"])
    }

    /// A closed front is opened by the key that closed it; closing wants the pool's name.
    @Test func theFrontIsHeldClosedAndOpened() throws {
        var model = Demo.model()
        Demo.type(&model, "F")
        #expect(try question(model).command == "poolctl hold --for 30")
        guard case .perform(.gate(_, let hold)) = Demo.type(&model, "y").first else {
            Issue.record("no hold was sent")
            return
        }
        #expect(hold.state == .hold)
        Demo.type(&model, "Oy")
        #expect(try question(model).nameToType == "web-prod")
        Demo.press(&model, [.backspace])
        Demo.type(&model, "web-prod")
        guard case .perform(.gate(_, let close)) = Demo.press(&model, [.enter]).first else {
            Issue.record("no maintenance was sent")
            return
        }
        #expect(close.state == .maintenance)
        var pool = try #require(model.pool)
        let since = model.now
        pool.gate = FrontGate(kind: .maintenance, until: nil, afterwards: .serve, retryAfter: 5, since: since)
        Demo.apply(&model, .gated(.gate(pool: "web-prod", close), pool))
        #expect(view(model).text.contains("maintenance"))
        Demo.type(&model, "O")
        #expect(try question(model).command == "poolctl front open")
    }

    @Test func forceIsSaidInTheRequest() {
        var model = Demo.model()
        Demo.type(&model, "x")
        guard case .perform(.act(_, let request)) = Demo.type(&model, "F").first else {
            Issue.record("nothing was sent")
            return
        }
        #expect(request.force)
    }

    @Test func stoppingTheLastWantsThePoolsName() throws {
        var model = Demo.model()
        Demo.type(&model, "*x")
        #expect(try question(model).nameToType == "web-prod")
        #expect(try question(model).forced == nil)
        #expect(Demo.type(&model, "y").isEmpty)
        #expect(Demo.press(&model, [.enter]).isEmpty, "yet another text than the name")
        #expect(try question(model).typed == "y")
        Demo.press(&model, [.backspace])
        let effects = Demo.type(&model, "web-prod") + Demo.press(&model, [.enter])
        #expect(effects.count == 1)
    }

    @Test(arguments: ["d", "X"])
    func drainingTheLastWantsTheNameToo(_ key: String) throws {
        var model = Demo.model(workers: 1)
        Demo.type(&model, key)
        #expect(try question(model).nameToType == "web-prod")
    }

    @Test func restartingTheOnlyWorkerSaysThatNobodyServesMeanwhile() {
        var model = Demo.model(workers: 1)
        Demo.type(&model, "r")
        #expect(view(model).text.contains("No other worker takes requests meanwhile."))
    }

    @Test func drainAgainIsResume() throws {
        var model = Demo.model()
        Demo.press(&model, [.down, .down])
        Demo.type(&model, "d")
        guard case .act(_, let request) = try question(model).deed else { return }
        #expect(request.verb == .resume)
    }

    @Test func scalingAndRollingCarryTheGeneration() throws {
        for (key, verb) in [("+", PoolModel.Operation.Verb.scale), ("-", .scale), ("R", .roll)] {
            var model = Demo.model()
            Demo.type(&model, key)
            guard case .act(_, let request) = try question(model).deed else { continue }
            #expect(request.verb == verb)
            #expect(request.expectedGeneration == 12)
            #expect(request.count == (verb == .scale ? (key == "+" ? 17 : 15) : nil))
            try request.validate()
        }
    }

    @Test func aDaemonThatGoesWhileTheQuestionStandsIsNotAsked() {
        var model = Demo.model()
        Demo.type(&model, "r")
        var link = DaemonLink(socket: "x")
        link.phase = .lost
        Demo.apply(&model, .link(link))
        #expect(Demo.type(&model, "y").isEmpty)
        #expect(model.notice?.text == "no daemon: actions are off")
    }

    @Test func readOnlySaysWhy() {
        var model = Demo.model()
        model.settings.isReadOnly = true
        Demo.type(&model, "r")
        #expect(model.dialog == nil)
        #expect(model.notice?.text.contains("--read-only") == true)
        model.settings.isReadOnly = false
        model.daemon?.access = .view
        Demo.type(&model, "r")
        #expect(model.dialog == nil)
        #expect(model.notice?.text.contains("right to view") == true)
    }

    @Test func refusalsAndResultsAreSaidWhereTheyHappen() {
        var model = Demo.model()
        let deed = Deed.act(pool: "web-prod", ActionRequest(verb: .restart, workers: ["web-prod_1"]))
        Demo.apply(
            &model,
            .refused(deed, PoolError(.conflict, "worker web-prod_1 was replaced meanwhile", remedy: "look again"))
        )
        #expect(view(model).text.contains("restart web-prod_1 refused: worker web-prod_1 was replaced"))
        let operation = PoolModel.Operation(
            id: OperationID(number: 17),
            verb: .restart,
            pool: "web-prod",
            actor: "a",
            state: .running,
            createdAt: Demo.now
        )
        Demo.apply(&model, .accepted(deed, operation))
        #expect(view(model).text.contains("op-17: restart web-prod_1 running"))
        var state = Demo.state(second: 41)
        var done = operation
        done.state = .failed
        done.result = "web-prod_1 did not become healthy"
        state.operations = [done]
        Demo.apply(&model, .state(state))
        #expect(view(model).text.contains("op-17 restart failed: web-prod_1 did not become healthy"))
    }
}
