package import PoolAPI
internal import PoolModel

/// The log view: the lines, which of them are shown, and where the reader stands in them.
package struct LogPane: Sendable {
    package enum TimeStyle: Hashable, Sendable, CaseIterable { case ofDay, full, none }

    package private(set) var buffer: LogBuffer
    /// nil where every line is shown.
    private var index: LogIndex?
    package private(set) var filter: Pattern?
    /// Only highlights and is jumped to.
    package var search: Pattern?
    /// Only these workers; empty is all.
    package private(set) var workers: Set<Int> = []
    package private(set) var minimum = LogLevel.debug
    /// nil is every process; `previous` is what the daemon was asked for: those before the present ones.
    package var lives: LogQuery.Lives?
    package private(set) var isFollowing = true
    /// Paused: the line that the reader stands on, by position.
    package private(set) var cursor = 0
    /// Paused: the line at the top of the view, by position.
    package private(set) var top = 0
    private var pausedAt = 0
    /// Columns that are scrolled off to the left.
    package var offset = 0
    package var isWrapped = false
    package var timeStyle = TimeStyle.ofDay
    /// Lines a second, over the last seconds.
    package private(set) var rate = 0.0
    private var counted = 0
    private var countedAt = Duration.zero

    /// Lines that one slice of a search through old lines looks at: some milliseconds.
    package static let sliceLines = 20_000

    package init(linesMax: Int) { buffer = LogBuffer(linesMax: linesMax) }

    // MARK: lines that are shown

    /// How many lines are shown.
    package var count: Int { index?.count ?? buffer.count }
    package var isFiltered: Bool { index != nil }
    /// Old lines that the filter has not been held against yet.
    package var unsearched: Int { index?.remaining(in: buffer) ?? 0 }
    /// Lines that came since the reader paused, of those that are shown.
    package var newLines: Int { isFollowing ? 0 : count - firstIndex(notBefore: pausedAt) }

    /// A shown line by its index from the oldest.
    package func row(_ index: Int) -> LogRow { buffer[position(index)] }

    package func position(_ index: Int) -> Int { self.index?[index] ?? buffer.start + index }

    package func firstIndex(notBefore position: Int) -> Int {
        index?.firstIndex(notBefore: position) ?? min(max(0, position - buffer.start), buffer.count)
    }

    /// The index of the line that the reader stands on; the newest while following.
    package var cursorIndex: Int {
        max(0, isFollowing ? count - 1 : min(firstIndex(notBefore: cursor), count - 1))
    }

    /// Whether the line at a position passes what narrows the log.
    private func accepts(_ position: Int) -> Bool {
        let (worker, level) = buffer.sender(position)
        if !workers.isEmpty, worker >= 0, !workers.contains(worker) { return false }
        if level < minimum { return false }
        return filter.map { filter in buffer.withText(position) { filter.accepts($0) } } ?? true
    }

    // MARK: what comes

    /// - Parameter fresh: how many of them have just been written; the others are from before, and make no rate.
    package mutating func append(_ rows: [LogRow], fresh: Int? = nil) {
        for row in rows {
            buffer.append(row)
            if index != nil, accepts(buffer.end - 1) { index?.append(buffer.end - 1) }
        }
        index?.trim(to: buffer.start)
        counted += fresh ?? rows.count
    }

    package mutating func measure(at uptime: Duration) {
        let elapsed = (uptime - countedAt).inSeconds
        guard elapsed >= 2 else { return }
        rate = Double(counted) / elapsed
        counted = 0
        countedAt = uptime
    }

    package mutating func clear() {
        buffer.removeAll()
        isFollowing = true
        refilter()
    }

    // MARK: what is shown

    package mutating func setFilter(_ pattern: Pattern?) {
        filter = pattern
        refilter()
    }

    package mutating func setWorkers(_ numbers: Set<Int>) {
        workers = numbers
        refilter()
    }

    /// debug, info, warning, error, critical, debug …
    package mutating func raiseLevel() {
        minimum = LogLevel.allCases.first { $0 > minimum } ?? .debug
        refilter()
    }

    package mutating func setMinimum(_ level: LogLevel) {
        minimum = level
        refilter()
    }

    private mutating func refilter() {
        guard filter != nil || !workers.isEmpty || minimum > .debug else {
            index = nil
            return
        }
        index = LogIndex(end: buffer.end)
        searchSlice()
    }

    /// Holds the filter against some more old lines.
    package mutating func searchSlice() {
        guard var index else { return }
        self.index = nil
        index.search(buffer, lines: LogPane.sliceLines, accepts: accepts)
        self.index = index
    }

    // MARK: moving

    package mutating func follow() {
        isFollowing = true
    }

    /// Stops following: the line that the reader stands on stays where it is, whatever comes.
    package mutating func pause(rows: Int) {
        guard isFollowing, count > 0 else { return }
        cursor = position(count - 1)
        top = position(max(0, count - max(1, rows)))
        pausedAt = buffer.end
        isFollowing = false
    }

    /// Moves the reader's line within so many rows of screen; moving down from the newest line follows again.
    package mutating func move(by lines: Int, rows: Int) {
        guard count > 0 else { return }
        if lines > 0, isFollowing { return }
        pause(rows: rows)
        let wanted = cursorIndex + lines
        if wanted >= count, lines > 0 { return follow() }
        place(min(max(0, wanted), count - 1), rows: rows)
    }

    package mutating func moveToFirst(rows: Int) {
        guard count > 0 else { return }
        pause(rows: rows)
        place(0, rows: rows)
    }

    /// Moves to the next line, before or after, for which this holds; false where there is none.
    package mutating func jump(forward: Bool, rows: Int, to accepts: (LogRow) -> Bool) -> Bool {
        guard count > 0 else { return false }
        var index = cursorIndex + (isFollowing && !forward ? 1 : 0)
        while true {
            index += forward ? 1 : -1
            guard index >= 0, index < count else { return false }
            if accepts(row(index)) { break }
        }
        pause(rows: rows)
        place(index, rows: rows)
        return true
    }

    package mutating func toggleMark() {
        guard count > 0 else { return }
        buffer.toggleMark(position(cursorIndex))
    }

    private mutating func place(_ index: Int, rows: Int) {
        cursor = position(index)
        let rows = max(1, rows)
        var first = firstIndex(notBefore: top)
        if index < first { first = index }
        if index >= first + rows { first = index - rows + 1 }
        top = position(max(0, min(first, count - 1)))
    }
}
