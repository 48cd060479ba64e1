import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

struct UpdateTests {
    /// The state with the request rates turned around, so that every sort by them changes all rows.
    private func shuffled() -> StateSnapshot {
        var state = Demo.state(second: 40)
        for index in state.pools[0].workers.indices {
            state.pools[0].workers[index].traffic.requestsPerSecond = Double((index * 7919) % 1000)
        }
        return state
    }

    @Test func theSelectionFollowsTheWorkerNotTheRow() {
        var model = Demo.model()
        model.table.sort = .requests
        model.table.isDescending = true
        Demo.press(&model, [.down, .down])
        let selected = model.table.selected
        let row = model.table.row
        Demo.apply(&model, .clock(now: Demo.now, uptime: .seconds(100)))
        Demo.apply(&model, .state(shuffled()))
        #expect(model.table.selected == selected)
        #expect(model.table.row != row)
    }

    @Test func theOrderIsHeldWhileTheUserMoves() {
        var model = Demo.model()
        Demo.apply(&model, .clock(now: Demo.now, uptime: .seconds(100)))
        Demo.type(&model, ":")
        Demo.type(&model, "sort req/s")
        Demo.press(&model, [.enter, .down])
        let order = model.table.order
        Demo.apply(&model, .state(shuffled()))
        #expect(model.table.order == order, "3 seconds after a cursor key")
        Demo.apply(&model, .clock(now: Demo.now, uptime: .seconds(104)))
        Demo.apply(&model, .state(shuffled()))
        #expect(model.table.order != order)
    }

    @Test(arguments: ["Z", " "])
    func freezingAndTaggingHoldTheOrder(_ key: String) {
        var model = Demo.model()
        model.table.sort = .requests
        Demo.apply(&model, .state(Demo.state(second: 1)))
        Demo.type(&model, key)
        let order = model.table.order
        Demo.apply(&model, .clock(now: Demo.now, uptime: .seconds(1000)))
        Demo.apply(&model, .state(shuffled()))
        #expect(model.table.order == order)
    }

    @Test func aSelectedWorkerThatIsGonePassesTheSelectionToItsRow() {
        var model = Demo.model()
        Demo.press(&model, [.down, .down, .character(" ")])
        #expect(model.table.selected == 4)
        var state = Demo.state(second: 41)
        state.pools[0].workers.removeAll { [3, 4].contains($0.status.id.number) }
        Demo.apply(&model, .state(state))
        #expect(model.table.selected == 6)
        #expect(model.table.tagged.isEmpty)
    }

    @Test func aChangeIsAppliedToTheStateBefore() {
        var model = Demo.model()
        let old = Demo.state(second: 39)
        var new = Demo.state(second: 40)
        new.pools[0].workers[1].status.health = .unhealthy
        new.pools[0].workers.removeLast()
        Demo.apply(&model, .changed(StateChange(from: old, to: new)))
        #expect(model.worker(2)?.status.health == .unhealthy)
        #expect(model.worker(16) == nil)
    }

    /// The dashboard's own merge gives what the API's does, whatever came, changed and went.
    @Test func changesMergeAsTheyApply() throws {
        var numbers: [Int] = Array(1...20)
        var state = Demo.state(workers: 20)
        var model = Demo.model(workers: 20)
        Demo.apply(&model, .state(state))
        for second in 1...30 {
            var next = Demo.state(workers: 40, second: second)
            numbers.removeAll { $0 % 11 == second % 11 }
            if second % 3 == 0 { numbers.append(20 + second / 3) }
            next.pools[0].workers.removeAll { !numbers.contains($0.status.id.number) }
            for index in next.pools[0].workers.indices where index % 4 != second % 4 {
                let number = next.pools[0].workers[index].status.id.number
                let old = state.pools[0].workers.first { $0.status.id.number == number }
                if let old { next.pools[0].workers[index] = old }
            }
            Demo.apply(&model, .changed(StateChange(from: state, to: next)))
            #expect(model.state == next)
            state = next
        }
    }

    @Test func sortingTwiceTurnsTheOrderAround() {
        var model = Demo.model()
        Demo.type(&model, ":")
        Demo.type(&model, "sort p99")
        Demo.press(&model, [.enter])
        let first = model.table.order
        let values = first.compactMap { model.worker($0)?.traffic.p99Milliseconds }
        #expect(values == values.sorted(by: >))
        Demo.type(&model, "S")
        #expect(model.table.order != first)
        #expect(model.table.isDescending == false)
    }

    @Test func theFilterNarrowsAsItIsTypedAndEscapeTakesItBack() {
        var model = Demo.model()
        Demo.type(&model, "/unhe")
        #expect(model.table.order == [7])
        Demo.press(&model, [.escape])
        #expect(model.table.order.count == 16)
        Demo.type(&model, "/!ready")
        Demo.press(&model, [.enter])
        #expect(model.table.order == [3, 5, 7, 11])
        Demo.type(&model, "/[")
        guard case .filter(let prompt) = model.dialog else {
            Issue.record("the prompt is closed")
            return
        }
        #expect(prompt.isInvalid)
    }

    @Test func escapeGoesOneStepBackAndNeverQuits() {
        var model = Demo.model()
        Demo.type(&model, "/ready")
        Demo.press(&model, [.enter, .character(" "), .enter])
        #expect(model.view == .detail)
        var effects = Demo.press(&model, [.escape])
        #expect(model.view == .workers)
        effects += Demo.press(&model, [.escape])
        #expect(model.table.tagged.isEmpty)
        #expect(model.table.filter != nil)
        effects += Demo.press(&model, [.escape, .escape, .escape])
        #expect(model.table.filter == nil)
        #expect(effects.isEmpty)
    }

    @Test func losingTheDaemonKeepsTheFiguresAndTurnsActionsOff() {
        var model = Demo.model()
        var link = DaemonLink(socket: "/run/pool/control.sock")
        link.phase = .lost
        link.lostAt = Demo.now
        link.reason = "connection refused"
        Demo.apply(&model, .link(link))
        #expect(model.pool?.workers.count == 16)
        #expect(view(model).cells.contains { $0.flags.contains(.stale) })
        Demo.type(&model, "r")
        #expect(model.dialog == nil)
        #expect(Demo.press(&model, [.control("r")]) == [.reconnect])
        link.phase = .live
        Demo.apply(&model, .link(link))
        #expect(model.notice?.text.hasPrefix("connected again") == true)
        #expect(!view(model).cells.contains { $0.flags.contains(.stale) })
    }

    @Test func aSilentDaemonHasAnAgeAndNoActions() {
        var model = Demo.model()
        var link = DaemonLink(socket: "/run/pool/control.sock")
        link.phase = .silent
        link.lostAt = Demo.time(8)
        Demo.apply(&model, .link(link))
        let screen = view(model)
        #expect(screen.text.contains("NO DATA 8s"))
        #expect(screen.text.contains("actions off"))
        #expect(screen.cells.contains { $0.flags.contains(.stale) })
        Demo.type(&model, "r")
        #expect(model.dialog == nil)
        #expect(view(model).text.contains("the daemon says nothing: actions are off"))
        link.phase = .live
        Demo.apply(&model, .link(link))
        #expect(model.notice?.text.hasPrefix("the daemon answers again") == true)
    }

    @Test func anUnknownFateIsSaid() {
        var model = Demo.model()
        let deed = Deed.cancel(OperationID(number: 3))
        Demo.apply(&model, .unknown(deed, PoolError(.unavailable, "no answer in time")))
        #expect(model.notice?.text.contains("not known whether it was or will be carried out") == true)
    }

    @Test func escapeTakesTheLogsExpressionAwayThenItsLevelThenTheView() {
        var model = Demo.model()
        Demo.type(&model, "3vvvv/key")
        Demo.press(&model, [.enter])
        #expect(view(model).text.contains("No line passes /key/ and level"))
        Demo.press(&model, [.escape])
        #expect(model.logs.filter == nil)
        #expect(view(model).text.contains("Esc takes it away, v changes it."))
        Demo.press(&model, [.escape])
        #expect(model.logs.minimum == .debug)
        #expect(model.view == .logs)
        Demo.press(&model, [.escape])
        #expect(model.view == .workers)
    }

    @Test func linesOfProcessesBeforeLeaveTheOthersAsTheyWere() {
        var model = Demo.model()
        Demo.type(&model, "3")
        Demo.press(&model, [.up, .up, .character("m")])
        let (count, line) = (model.logs.count, model.logs.row(model.logs.cursorIndex))
        #expect(line.isMarked)
        #expect(Demo.press(&model, [.character("b")]) == [.follow(pool: "web-prod", .previous)])
        #expect(model.logs.count == 0)
        #expect(Demo.press(&model, [.character("b")]) == [.follow(pool: "web-prod", nil)])
        #expect(model.logs.count == count)
        #expect(!model.logs.isFollowing)
        #expect(model.logs.row(model.logs.cursorIndex) == line)
    }

    @Test func theQuestionToCancelEndsWithItsOperation() {
        var model = Demo.model()
        var operation = PoolModel.Operation(
            id: OperationID(number: 17),
            verb: .roll,
            pool: "web-prod",
            actor: "alice",
            why: "",
            state: .running,
            createdAt: Demo.time(40)
        )
        var state = Demo.state(second: 40)
        state.operations = [operation]
        Demo.apply(&model, .state(state))
        _ = model.run(.cancelOperation)
        #expect(model.dialog != nil)
        operation.state = .succeeded
        operation.result = "16 workers rolled"
        state.operations = [operation]
        Demo.apply(&model, .state(state))
        #expect(model.dialog == nil)
        #expect(model.notice?.text.contains("16 workers rolled") == true)
    }

    @Test func anEventsMomentIsShownWithAllItsLines() {
        var model = Demo.model()
        Demo.type(&model, "3vvvv4l")
        #expect(model.view == .logs)
        #expect(model.logs.minimum == .debug)
    }

    @Test func anotherPoolStartsWithoutTheLevel() {
        var model = Demo.model()
        Demo.apply(&model, .state(Demo.state(second: 1, pools: ["web-prod", "web-test"])))
        Demo.type(&model, "3vvvvP")
        #expect(model.poolName == "web-test")
        #expect(model.logs.minimum == .debug)
    }

    @Test func eventsThatAreSentAgainAreNotDoubled() {
        var model = Demo.model()
        Demo.apply(&model, .events(Demo.events))
        #expect(model.events.count == Demo.events.count)
    }

    @Test func eventsAndOperationsAreBounded() {
        var model = Demo.model()
        for batch in 0..<30 {
            let events = (0..<100).map {
                PoolEvent(
                    sequence: UInt64(100 + batch * 100 + $0),
                    at: Demo.now,
                    kind: .state,
                    pool: "web-prod",
                    message: "x"
                )
            }
            Demo.apply(&model, .events(events))
        }
        #expect(model.events.count == DashboardModel.eventsMax)
        for number in 0..<500 {
            let operation = PoolModel.Operation(
                id: OperationID(number: UInt64(number)),
                verb: .restart,
                pool: "web-prod",
                actor: "a",
                state: .succeeded,
                createdAt: Demo.now
            )
            Demo.apply(&model, .accepted(.cancel(operation.id), operation))
        }
        #expect(model.operations.count == DashboardModel.operationsMax)
        #expect(model.operations.first?.id.number == 499)
    }

    @Test func anotherPoolHasItsOwnLogAndSelection() {
        var model = Demo.model(pools: ["api", "web-prod"])
        #expect(model.pool?.name == "api")
        let effects = Demo.type(&model, "P")
        #expect(model.pool?.name == "web-prod")
        #expect(effects == [.follow(pool: "web-prod", nil)])
        #expect(model.logs.buffer.isEmpty)
    }

    @Test func theMouseSelectsOpensAndSorts() {
        var model = Demo.model()
        let table = ScreenLayout(model).table
        Demo.press(&model, [.click(Point(x: 10, y: table.y + 4))])
        #expect(model.table.selected == 4)
        Demo.press(&model, [.click(Point(x: 10, y: table.y + 4))])
        #expect(model.view == .detail)
        Demo.press(&model, [.click(Point(x: 3, y: ScreenLayout(model).tabs.y))])
        #expect(model.view == .workers)
        Demo.press(&model, [.click(Point(x: 15, y: table.y))])
        #expect(model.table.sort == .cpu)
    }

    @Test func textFromOutsideCannotSteerTheTerminal() {
        var model = Demo.model(Size(columns: 160, rows: 50))
        var state = Demo.state(second: 40)
        state.pools[0].workers[0].status.health = .unhealthy
        state.pools[0].workers[0].status.reason = "bad \u{1B}[2J\u{9B}H thing"
        Demo.apply(&model, .state(state))
        Demo.apply(
            &model,
            .lines([
                LogRecord(
                    sequence: 99,
                    at: Demo.now,
                    worker: WorkerID(pool: "web-prod", number: 1),
                    life: 1,
                    stream: .stdout,
                    text: "evil \u{1B}]0;owned\u{07}\u{1B}[31mred\u{1B}[0m\r\u{8}end"
                )
            ])
        )
        let screen = view(model)
        #expect(screen.text.contains("evil redend"))
        #expect(screen.text.contains("bad  thing"))
        #expect(screen.cells.allSatisfy { $0.isTail || ($0.scalar >= 0x20 && !(0x7F..<0xA0).contains($0.scalar)) })
    }
}
