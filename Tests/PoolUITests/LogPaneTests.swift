import PoolAPI
import PoolModel
import PoolUI
import Testing

struct LogPaneTests {
    private func pane(_ count: Int, max: Int = 1000) -> LogPane {
        var pane = LogPane(linesMax: max)
        pane.append(Demo.lines(count).map { LogRow($0) })
        return pane
    }

    @Test func aPauseHoldsItsLineWhateverComes() {
        var pane = pane(100)
        pane.move(by: -3, rows: 10)
        let line = pane.row(pane.cursorIndex)
        #expect(!pane.isFollowing)
        pane.append(Demo.lines(50, from: 101).map { LogRow($0) })
        #expect(pane.row(pane.cursorIndex) == line)
        #expect(pane.newLines == 50)
    }

    @Test func movingBelowTheNewestFollowsAgain() {
        var pane = pane(20)
        pane.move(by: -2, rows: 5)
        pane.move(by: 1, rows: 5)
        #expect(!pane.isFollowing)
        pane.move(by: 5, rows: 5)
        #expect(pane.isFollowing)
    }

    @Test func theRingDropsTheOldestAndTheReaderStaysWithin() {
        var pane = pane(100, max: 100)
        pane.moveToFirst(rows: 10)
        pane.append(Demo.lines(60, from: 101).map { LogRow($0) })
        #expect(pane.buffer.count == 100)
        #expect(pane.row(0).sequence == 61)
        #expect(pane.cursorIndex == 0)
    }

    @Test func bytesAreBoundedToo() {
        var buffer = LogBuffer(linesMax: 1000, bytesMax: 10_000)
        var row = LogRow(Demo.lines(1)[0])
        row.text = String(repeating: "x", count: 900)
        for _ in 0..<100 { buffer.append(row) }
        #expect(buffer.count == 11)
        #expect(buffer.newest?.text.count == 900)
    }

    @Test func aFilterShowsTheSameLinesHoweverTheyCame() {
        var early = LogPane(linesMax: 500)
        early.setFilter(Pattern("error"))
        var late = LogPane(linesMax: 500)
        for batch in stride(from: 1, to: 1200, by: 37) {
            let rows = Demo.lines(37, from: batch).map { LogRow($0) }
            early.append(rows)
            late.append(rows)
        }
        late.setFilter(Pattern("error"))
        while late.unsearched > 0 { late.searchSlice() }
        #expect(early.count == late.count)
        #expect(early.count > 50)
        #expect((0..<early.count).map { early.row($0).sequence } == (0..<late.count).map { late.row($0).sequence })
    }

    @Test func levelsAndWorkersNarrow() {
        var pane = pane(80)
        pane.raiseLevel()
        pane.raiseLevel()
        pane.raiseLevel()
        #expect(pane.minimum == .error)
        #expect((0..<pane.count).allSatisfy { pane.row($0).level == .error })
        // critical, and around to debug.
        pane.raiseLevel()
        pane.raiseLevel()
        pane.setWorkers([3])
        #expect(pane.count > 0)
        #expect((0..<pane.count).allSatisfy { pane.row($0).worker == 3 })
    }

    @Test func errorsAreJumpedTo() {
        var pane = pane(80)
        #expect(pane.jump(forward: false, rows: 10) { $0.level == .error })
        let first = pane.cursorIndex
        #expect(pane.jump(forward: false, rows: 10) { $0.level == .error })
        #expect(pane.cursorIndex < first)
        #expect(pane.jump(forward: true, rows: 10) { $0.level == .error })
        #expect(pane.cursorIndex == first)
        #expect(!pane.jump(forward: true, rows: 10) { $0.text == "never" })
    }
}
