/// Which lines of a buffer pass a filter, found from the newest back in slices, so that the screen is full at once
/// however long the buffer is; lines that come later are added as they come.
package struct LogIndex: Sendable {
    /// Found by going back: descending.
    private var older: [Int] = []
    /// Came later: ascending, from `skipped` on.
    private var newer: [Int] = []
    private var skipped = 0
    /// The buffer is searched down to this position.
    private var reached: Int

    package init(end: Int) { reached = end }

    package var count: Int { older.count + newer.count - skipped }
    /// How many lines have not been looked at.
    package func remaining(in buffer: LogBuffer) -> Int { max(0, reached - buffer.start) }

    /// The position of the match of an index from the oldest.
    package subscript(index: Int) -> Int {
        index < older.count ? older[older.count - 1 - index] : newer[index - older.count + skipped]
    }

    /// Looks at so many older lines.
    ///
    /// - Parameter accepts: Whether the line at a position passes.
    package mutating func search(_ buffer: LogBuffer, lines: Int, accepts: (Int) -> Bool) {
        let stop = max(buffer.start, reached - lines)
        while reached > stop {
            reached -= 1
            if accepts(reached) { older.append(reached) }
        }
    }

    /// Takes a new line over that passes.
    package mutating func append(_ position: Int) { newer.append(position) }

    /// Forgets what the ring has dropped.
    package mutating func trim(to start: Int) {
        while let last = older.last, last < start { older.removeLast() }
        guard older.isEmpty else { return }
        while skipped < newer.count, newer[skipped] < start { skipped += 1 }
        if skipped > 4096 {
            newer.removeFirst(skipped)
            skipped = 0
        }
    }

    /// The first index whose match is not before a position.
    package func firstIndex(notBefore position: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
