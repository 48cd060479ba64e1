import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

/// What is asked of the daemon because somebody looks at it.
struct InquiryTests {
    private func asked(_ effects: [Effect]) -> [Question] {
        effects.compactMap { if case .ask(let question) = $0 { question } else { nil } }
    }

    private func tick(_ model: inout DashboardModel, _ seconds: Double) -> [Question] {
        asked(Demo.apply(&model, .clock(now: Demo.now, uptime: .seconds(seconds))))
    }

    @Test func onlyWhatIsLookedAtIsAsked() {
        var model = Demo.model()
        #expect(tick(&model, 100).isEmpty, "the worker table needs nothing but the state")
        Demo.type(&model, "7")
        #expect(tick(&model, 101) == [.front(pool: "web-prod")])
        Demo.type(&model, "8")
        #expect(tick(&model, 102) == [.profile(pool: "web-prod")], "a plan needs the right to reload")
        model.daemon?.access = .admin
        #expect(tick(&model, 103) == [.plan(pool: "web-prod")])
        Demo.type(&model, "1")
        #expect(tick(&model, 104).isEmpty)
    }

    @Test func anOpenQuestionIsNotAskedTwiceAndAnAnsweredOneOnlyWhenItIsOld() {
        var model = Demo.model()
        Demo.type(&model, "7")
        #expect(tick(&model, 100).count == 1)
        #expect(tick(&model, 200).isEmpty, "no answer yet")
        Demo.apply(&model, .front(Demo.front))
        #expect(tick(&model, 201).count == 1)
        Demo.apply(&model, .front(Demo.front))
        #expect(tick(&model, 202).isEmpty, "a second old")
    }

    @Test func aRefusalIsShownWhereTheAnswerWouldBe() {
        var model = Demo.model()
        model.inquiry = Inquiry()
        Demo.type(&model, "8")
        _ = tick(&model, 100)
        Demo.apply(&model, .unanswered(.profile(pool: "web-prod"), PoolError(.notFound, "no route\u{1B}[31m")))
        let text = view(model).text
        #expect(text.contains("no route"))
        #expect(!text.contains("\u{1B}"))
    }

    /// The detail of a process that has been replaced is not shown as that of its successor.
    @Test func theDetailOfAnotherLifeIsNotShown() {
        var model = Demo.model(Size(columns: 100, rows: 40))
        Demo.press(&model, [.down, .down, .down, .down, .down, .down, .enter, .character("i")])
        #expect(view(model).text.contains("imagemagick"))
        var state = Demo.state(second: 41)
        state.pools[0].workers[6].status.life = 9
        Demo.apply(&model, .state(state))
        #expect(!view(model).text.contains("imagemagick"))
    }

    @Test func theDetailNarrowsTheLogAndGivesItBack() {
        var model = Demo.model()
        Demo.press(&model, [.enter])
        #expect(model.logs.workers == [1])
        Demo.press(&model, [.right])
        #expect(model.logs.workers == [2])
        Demo.press(&model, [.escape])
        #expect(model.logs.workers.isEmpty)
        Demo.press(&model, [.enter, .character("l")])
        #expect(model.view == .logs)
        #expect(model.logs.workers == [2])
    }

    @Test func aWeightIsAskedForAndSentForTheTaggedWorkers() {
        var model = Demo.model()
        Demo.press(&model, [.character(" "), .character(" "), .character("W")])
        Demo.type(&model, "3")
        Demo.press(&model, [.enter])
        #expect(view(model).text.contains("poolctl weight 3 1-2"))
        let effects = Demo.type(&model, "y")
        var request = WeightRequest(weight: 3, workers: ["web-prod_1", "web-prod_2"])
        request.expected = [1, 2].compactMap { model.worker($0) }.map {
            WorkerGuard(worker: $0.status.id, life: $0.status.life)
        }
        #expect(request.expected.count == 2)
        #expect(effects == [.perform(.weigh(pool: "web-prod", request))])
    }

    /// Weight 0 for all that serve is as bad as stopping them: the name is asked for.
    @Test func weightZeroForAllAsksForTheName() {
        var model = Demo.model()
        Demo.type(&model, ":weight 0 all")
        Demo.press(&model, [.enter])
        guard case .confirm(let question) = model.dialog else {
            Issue.record("no question")
            return
        }
        #expect(question.nameToType == "web-prod")
    }

    @Test func aRollInBatchesSaysSo() {
        var model = Demo.model()
        Demo.type(&model, ":roll --batch 4")
        Demo.press(&model, [.enter])
        #expect(view(model).text.contains("poolctl roll --batch 4"))
        guard case .perform(.act(_, let request))? = Demo.type(&model, "y").first else {
            Issue.record("nothing was asked for")
            return
        }
        #expect(request.batch == 4)
        #expect(request.count == nil)
    }

    @Test func aResetStreamIsSaidAndTheOldEventsGo() {
        var model = Demo.model()
        Demo.apply(&model, .began(stream: "events"))
        #expect(model.events.isEmpty)
        #expect(model.notice?.text.contains("anew") == true)
        let lines = model.logs.count
        Demo.apply(&model, .began(stream: "log lines"))
        #expect(model.logs.count == lines + 1)
    }

    @Test func previousProcessesAreAskedOfTheDaemon() {
        var model = Demo.model()
        let effects = Demo.type(&model, "3b")
        #expect(effects.contains(.follow(pool: "web-prod", .previous)))
        #expect(model.logs.count == 0)
        #expect(Demo.type(&model, "b").contains(.follow(pool: "web-prod", nil)))
    }

    @Test func enterOnAPoolShowsIt() {
        var model = Demo.model(pools: ["api", "web-prod"])
        Demo.type(&model, "9")
        let effects = Demo.press(&model, [.down, .enter])
        #expect(model.pool?.name == "web-prod")
        #expect(model.view == .workers)
        #expect(effects.contains(.follow(pool: "web-prod", nil)))
    }

    @Test func anEventShowsTheLinesOfItsTime() {
        var model = Demo.model()
        Demo.type(&model, "4l")
        #expect(model.view == .logs)
        #expect(model.logs.isFollowing == false)
        let event = Demo.events[4]
        #expect(model.logs.row(model.logs.cursorIndex).at >= event.at)
    }
}
