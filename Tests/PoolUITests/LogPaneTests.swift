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

struct LogBufferTests {
    private func row(_ sequence: Int, _ text: String) -> LogRow {
        var row = LogRow(Demo.lines(1)[0])
        row.sequence = UInt64(sequence)
        row.text = text
        return row
    }

    /// Against the obvious list, with texts from nothing to more than a block, over many turns of the ring.
    @Test func theBufferKeepsTheNewestAsTheyWere() {
        var buffer = LogBuffer(linesMax: 64, bytesMax: 700_000)
        var kept: [LogRow] = []
        for sequence in 0..<2000 {
            let length = sequence % 97 == 0 ? 300_000 : sequence * 7919 % 5000
            let new = row(sequence, String(repeating: "é\(sequence % 10)", count: length / 3))
            buffer.append(new)
            kept.append(new)
            while kept.count > 64 || (kept.count > 1 && kept.reduce(0) { $0 + $1.text.utf8.count } > 700_000) {
                kept.removeFirst()
            }
            #expect(buffer.count == kept.count)
            guard sequence % 50 == 0 else { continue }
            #expect((buffer.start..<buffer.end).map { buffer[$0] } == kept)
        }
    }

    @Test func aMarkStaysWithItsLineUntilTheLineGoes() {
        var buffer = LogBuffer(linesMax: 4)
        for sequence in 0..<4 { buffer.append(row(sequence, "line \(sequence)")) }
        buffer.toggleMark(2)
        #expect(buffer[2].isMarked && !buffer[3].isMarked)
        for sequence in 4..<8 { buffer.append(row(sequence, "line \(sequence)")) }
        #expect((buffer.start..<buffer.end).allSatisfy { !buffer[$0].isMarked })
    }

    @Test func emptiedItBeginsAnew() {
        var buffer = LogBuffer(linesMax: 4)
        for sequence in 0..<9 { buffer.append(row(sequence, "line \(sequence)")) }
        buffer.removeAll()
        #expect(buffer.isEmpty && buffer.newest == nil)
        buffer.append(row(1, "new"))
        #expect(buffer.newest?.text == "new")
    }
}
