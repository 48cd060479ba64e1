internal import PoolAPI
internal import PoolModel

/// The newest log lines in a ring; a line keeps its position for as long as it is there.
///
/// A line costs its text and 40 bytes: the texts lie one behind the other in an arena, the rest in a ring of heads. A row
/// with a text of its own is made only of a line that is looked at.
package struct LogBuffer: Sendable {
    /// Lines that are kept, at most. Beyond: the oldest goes.
    package let linesMax: Int
    /// Bytes of text that are kept, at most, whatever the number of lines. Beyond: the oldest lines go.
    package let bytesMax: Int
    /// The position of the oldest line that is there.
    package private(set) var start = 0
    /// One more than the position of the newest line.
    package private(set) var end = 0
    private var heads: [Head] = []
    private var arena = LogArena()

    /// All of a line but its text.
    private struct Head: Sendable {
        var sequence: UInt64
        var at: Timestamp
        var text: LogArena.Place
        var worker: Int32
        var stream: LogStream
        var level: LogLevel
        var isMarked: Bool
    }

    /// - Parameter bytesMax: nil is 128 bytes for each of the lines, a megabyte at least.
    package init(linesMax: Int, bytesMax: Int? = nil) {
        self.linesMax = max(1, linesMax)
        self.bytesMax = bytesMax ?? max(1 << 20, self.linesMax * 128)
    }

    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }
    package var newest: LogRow? { isEmpty ? nil : self[end - 1] }

    /// A line by its position, which must be within `start..<end`.
    package subscript(position: Int) -> LogRow {
        let head = heads[position % linesMax]
        return LogRow(
            sequence: head.sequence,
            at: head.at,
            worker: Int(head.worker),
            stream: head.stream,
            level: head.level,
            text: withText(position) { String(decoding: $0, as: UTF8.self) },
            isMarked: head.isMarked
        )
    }

    /// The bytes of a line's text, without a copy.
    package func withText<Result>(_ position: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        arena.read(heads[position % linesMax].text, body)
    }

    /// The worker of a line, below 0 for the dashboard's own; and its level.
    func sender(_ position: Int) -> (worker: Int, level: LogLevel) {
        let head = heads[position % linesMax]
        return (Int(head.worker), head.level)
    }

    package func isMarked(_ position: Int) -> Bool { heads[position % linesMax].isMarked }

    package mutating func toggleMark(_ position: Int) { heads[position % linesMax].isMarked.toggle() }

    package mutating func append(_ row: LogRow) {
        if count == linesMax { dropOldest() }
        let head = Head(
            sequence: row.sequence,
            at: row.at,
            text: arena.append(row.text),
            worker: Int32(clamping: row.worker),
            stream: row.stream,
            level: row.level,
            isMarked: row.isMarked
        )
        if end < linesMax { heads.append(head) } else { heads[end % linesMax] = head }
        end += 1
        while arena.bytes > bytesMax, count > 1 { dropOldest() }
    }

    package mutating func removeAll() {
        heads.removeAll()
        arena = LogArena()
        start = 0
        end = 0
    }

    private mutating func dropOldest() {
        arena.drop(heads[start % linesMax].text)
        start += 1
    }
}
