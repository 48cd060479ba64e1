import PoolScreen
import PoolUI
import Testing

struct SetupTests {
    private func model() -> DashboardModel {
        var model = Demo.model(Size(columns: 100, rows: 30))
        model.settings.themes = ["auto", "dark", "mono"]
        return model
    }

    @Test func everyLineChangesWhatItSaysAtOnce() {
        var model = model()
        Demo.type(&model, ",")
        #expect(Demo.press(&model, [.right]) == [.setTheme("dark")])
        #expect(Demo.press(&model, [.left, .left]) == [.setTheme("auto"), .setTheme("mono")])
        #expect(Demo.press(&model, [.down, .right]) == [.setRate(8)])
        #expect(Demo.press(&model, [.left, .left]) == [.setRate(4), .setRate(2)])
        #expect(model.settings.rate == 2)
        let (showsLogs, isWrapped) = (model.showsLogs, model.logs.isWrapped)
        Demo.press(&model, [.down, .enter, .down, .character(" "), .down, .right])
        #expect((model.showsLogs, model.logs.isWrapped) == (!showsLogs, !isWrapped))
        #expect(model.logs.timeStyle == .full)
        #expect(Demo.press(&model, [.down, .right]) == [.setMouse(false)])
        Demo.press(&model, [.escape])
        #expect(model.dialog == nil)
    }

    @Test func aColumnThatIsSwitchedOffLeavesTheReasonsAndTheSortedColumn() {
        var model = Demo.model(Size(columns: 80, rows: 24))
        model.settings.columns = WorkerColumn.allCases.filter { $0 != .restarts }
        model.table.sort = .generation
        let lines = view(model).text.split(separator: "\n")
        let titles = lines.first { $0.contains("STATE") } ?? ""
        #expect(titles.contains("GEN"))
        #expect(titles.contains("P99"))
        #expect(!titles.contains("RST"))
        #expect(titles.contains("REQ/S 1") || titles.contains("REQ/S 2"), "the graph keeps its place")
    }

    @Test func columnsAreChosenAndMoved() {
        var model = model()
        #expect(model.settings.columns == nil)
        Demo.type(&model, ",")
        // Off the first column, and on again.
        Demo.press(&model, Array(repeating: .down, count: 6) + [.enter])
        #expect(model.settings.columns == Array(WorkerColumn.allCases.dropFirst()))
        Demo.press(&model, [.enter])
        #expect(model.settings.columns == nil)
        Demo.press(&model, Array(repeating: .character(">"), count: 30))
        #expect(model.settings.columns?.last == .id)
        Demo.press(&model, [.escape])
        Demo.type(&model, ",")
        // The last of the shown ones, brought to the front again: as if nothing had been chosen.
        Demo.press(&model, [.end] + Array(repeating: .character("<"), count: 30))
        #expect(model.settings.columns == nil)
        let title = view(model).text.split(separator: "\n").first { $0.contains("STATE") }
        #expect(title?.contains("ID") == true)
    }

    @Test func oneColumnStays() {
        var model = model()
        model.settings.columns = [.p99]
        Demo.type(&model, ",")
        Demo.press(&model, Array(repeating: .down, count: 6) + [.enter])
        #expect(model.settings.columns == [.p99])
        #expect(model.notice?.text.contains("one column") == true)
    }

    /// Written only when asked, and nothing that acts on workers is reached through it.
    @Test func nothingIsWrittenUnasked() {
        var model = model()
        Demo.type(&model, ",")
        let keys: [Key] = [.down, .right, .left, .end, .home, .character("r"), .character("x"), .character("y"), .tab]
        for effect in Demo.press(&model, keys) { #expect(effect != .saveSettings) }
        guard case .setup = model.dialog else {
            Issue.record("the set-up is closed")
            return
        }
        #expect(Demo.type(&model, "s") == [.saveSettings])
        Demo.press(&model, [.escape])
        #expect(model.dialog == nil)
    }
}
