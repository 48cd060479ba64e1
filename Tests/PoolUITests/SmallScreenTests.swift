import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

/// Small screens: below 40x10 a summary, from there on everything is reachable.
struct SmallScreenTests {
    static let least = Size(columns: 40, rows: 10)

    /// What is seen of a view from its first line to its last, in words.
    private func scrolled(_ model: DashboardModel, keys: Int = 400) -> String {
        var (model, seen, last) = (model, "", "")
        for _ in 0..<keys {
            let text = view(model).text
            if text == last { break }
            (seen, last) = (seen + text, text)
            Demo.press(&model, [.down])
        }
        return seen.split(whereSeparator: { $0.isWhitespace || $0 == "┋" }).joined(separator: " ")
    }

    @Test(arguments: [least, Size(columns: 60, rows: 16), Size(columns: 79, rows: 20)])
    func theDetailIsReadToItsEnd(_ size: Size) {
        var model = Demo.model(size)
        Demo.press(&model, Array(repeating: .down, count: 6) + [.enter])
        let seen = scrolled(model)
        for name in ["state", "why", "process", "address", "cpu", "memory", "requests", "in flight", "errors", "probe"]
        {
            #expect(seen.contains(name), "\(name) at \(size)")
        }
        for text in [
            "restarts", "p50", "p90", "p99", "max <", "n 964", "5xx", "killed by signal 9 (RSS limit 320M exceeded)",
        ] {
            #expect(seen.contains(text), "\(text) at \(size)")
        }
    }

    @Test(arguments: GoldenTests.sizes)
    func everyStepOfAnOperationIsReached(_ size: Size) {
        var model = Demo.model(size)
        var operation = PoolModel.Operation(
            id: OperationID(number: 17),
            verb: .roll,
            pool: "web-prod",
            actor: "alice (uid 1000, pid 4711)",
            why: "new release",
            state: .running,
            createdAt: Demo.time(40)
        )
        operation.steps = (1...30).map { number in
            let worker = WorkerID(pool: "web-prod", number: number)
            return PoolModel.Operation.Step(
                worker: worker,
                state: .succeeded,
                detail: "healthy after \(number) seconds"
            )
        }
        var state = Demo.state(second: 40)
        state.operations = [operation]
        Demo.apply(&model, .state(state))
        Demo.press(&model, [.character("6"), .enter])
        let seen = scrolled(model)
        for number in 1...30 { #expect(seen.contains("healthy after \(number) seconds"), "step \(number) at \(size)") }
        #expect(seen.contains("alice (uid 1000, pid 4711)") && seen.contains("new release"))
        // One step back is the list, the next the table.
        Demo.press(&model, [.escape])
        #expect(model.view == .operations && model.openedOperation == nil)
        Demo.press(&model, [.escape])
        #expect(model.view == .workers)
    }

    @Test(arguments: GoldenTests.sizes)
    func everyProbeIsReached(_ size: Size) {
        var model = Demo.model(size, workers: 60)
        Demo.type(&model, "5")
        let seen = scrolled(model)
        for number in 1...60 { #expect(seen.contains(" \(number) "), "worker \(number) at \(size)") }
        #expect(seen.contains("daemon's figures") && seen.contains("newest"))
    }

    /// The last rows of a page stay in sight when the screen grows.
    @Test func aPageIsNotLeftBehindItsEnd() {
        var model = Demo.model(SmallScreenTests.least)
        Demo.press(&model, [.character("5"), .end])
        #expect(model.pageTop > 0)
        Demo.apply(&model, .resized(Size(columns: 160, rows: 50)))
        #expect(model.pageTop == 0)
    }

    @Test(arguments: [
        Size(columns: 39, rows: 9), Size(columns: 30, rows: 8), Size(columns: 20, rows: 4), Size(columns: 100, rows: 2),
        Size(columns: 60, rows: 1),
    ])
    func belowTheLeastThereIsASummary(_ size: Size) {
        expectGolden(view(Demo.model(size)).golden, "summary-\(size.columns)x\(size.rows).txt")
        var model = Demo.model(size)
        #expect(size.columns < 30 || view(model).text.contains("11 of 16 healthy"))
        #expect(size.columns < 30 || view(model).text.contains("w5 backoff: exit status 1"))
        guard size.rows >= 5 else { return }
        let seen = scrolled(model)
        for number in [3, 5, 7, 10, 11] { #expect(seen.contains("w\(number) "), "w\(number) at \(size)") }
        // Nothing is done that would not be seen.
        Demo.type(&model, "rx:")
        #expect(model.dialog == nil)
        #expect(Demo.press(&model, [.character("q")]) == [.quit])
    }

    @Test func aQuestionOnAScreenThatShrinksIsOnlyClosed() {
        var model = Demo.model()
        Demo.type(&model, "r")
        Demo.apply(&model, .resized(Size(columns: 30, rows: 8)))
        #expect(view(model).text.contains("a question is open"))
        #expect(Demo.press(&model, [.character("y"), .right, .enter]).isEmpty)
        #expect(model.dialog != nil)
        #expect(Demo.press(&model, [.escape]).isEmpty)
        #expect(model.dialog == nil)
    }

    @Test func withoutADaemonTheSummarySaysWhy() {
        let model = DashboardModel(
            settings: Settings(),
            host: HostFacts(),
            size: Size(columns: 30, rows: 8),
            now: Demo.now,
            socket: "/run/pool/control.sock"
        )
        #expect(view(model).text.contains("connecting"))
    }

    /// A worker's detail on 20 to 23 rows has no room for its log: a key for the log says where that is.
    @Test(arguments: [(20, true), (50, false)])
    func aKeyForALogWithoutRoomSaysWhereTheLogIs(rows: Int, isLow: Bool) {
        var model = Demo.model(Size(columns: 80, rows: rows))
        Demo.press(&model, [.character("2"), .character("w")])
        #expect((model.notice?.text.contains("no room here: 3 shows it") ?? false) == isLow, "\(model.notice as Any)")
    }
}
