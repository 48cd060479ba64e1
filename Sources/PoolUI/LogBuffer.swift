/// The newest log lines in a ring; a line keeps its position for as long as it is there.
package struct LogBuffer: Sendable {
    /// Lines that are kept, at most. Beyond: the oldest goes.
    package let linesMax: Int
    /// Bytes of text that are kept, at most, whatever the number of lines. Beyond: the oldest lines go.
    package let bytesMax: Int
    /// The position of the oldest line that is there.
    package private(set) var start = 0
    /// One more than the position of the newest line.
    package private(set) var end = 0
    private var rows: [LogRow] = []
    private var bytes = 0

    package init(linesMax: Int, bytesMax: Int = 24 << 20) {
        self.linesMax = max(1, linesMax)
        self.bytesMax = bytesMax
    }

    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }
    package var newest: LogRow? { isEmpty ? nil : self[end - 1] }

    /// A line by its position, which must be within `start..<end`.
    package subscript(position: Int) -> LogRow {
        get { rows[position % linesMax] }
        set { rows[position % linesMax] = newValue }
    }

    package mutating func append(_ row: LogRow) {
        if count == linesMax { dropOldest() }
        bytes += row.text.utf8.count
        if end < linesMax { rows.append(row) } else { rows[end % linesMax] = row }
        end += 1
        while bytes > bytesMax, count > 1 { dropOldest() }
    }

    package mutating func removeAll() {
        rows.removeAll()
        start = 0
        end = 0
        bytes = 0
    }

    private mutating func dropOldest() {
        bytes -= self[start].text.utf8.count
        rows[start % linesMax].text = ""
        start += 1
    }
}
