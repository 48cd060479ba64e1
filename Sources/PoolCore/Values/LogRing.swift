package import PoolModel

/// The latest lines of a pool's log, by sequence number. Bounded in lines and in bytes: when full, the oldest go.
///
/// Sequence numbers grow but may skip: other pools' lines are counted by the same numbers.
package struct LogRing: Sendable {
    private var slots: [LogLine?]
    /// Index of the oldest line.
    private var head = 0
    package private(set) var count = 0
    private let bytesMax: Int
    private var byteCount = 0
    /// The newest line that is no longer there; 0 where nothing was lost.
    private var lastLost: UInt64

    /// - Parameters:
    ///   - capacity: lines kept; at least 1.
    ///   - bytesMax: bytes of text kept, whatever the number of lines.
    ///   - lastLost: the sequence of the newest line that was lost before this ring began; 0 for none.
    package init(capacity: Int, bytesMax: Int = .max, lastLost: UInt64 = 0) {
        slots = [LogLine?](repeating: nil, count: max(1, capacity))
        self.bytesMax = bytesMax
        self.lastLost = lastLost
    }

    package var capacity: Int { slots.count }

    /// The sequence of the oldest line kept; nil where there is none.
    package var firstSequence: UInt64? { count > 0 ? line(0).sequence : nil }

    /// The sequence of the newest line; nil where there is none.
    package var lastSequence: UInt64? { count > 0 ? line(count - 1).sequence : nil }

    /// Adds a line. Its sequence must be above the last one; a line that is not is a repetition, and left out.
    package mutating func append(_ line: LogLine) {
        if let lastSequence, line.sequence <= lastSequence { return }
        if count == capacity { removeFirst() }
        slots[(head + count) % capacity] = line
        count += 1
        byteCount += line.bytes.count
        while byteCount > bytesMax, count > 1 { removeFirst() }
    }

    private mutating func removeFirst() {
        let oldest = line(0)
        slots[head] = nil
        head = (head + 1) % capacity
        count -= 1
        byteCount -= oldest.bytes.count
        lastLost = oldest.sequence
    }

    /// Up to `limit` lines with a sequence of at least `sequence`, oldest first, that pass the filter.
    package func lines(
        from sequence: UInt64,
        limit: Int,
        where isWanted: (LogLine) -> Bool = { _ in true }
    ) -> [LogLine] {
        var found: [LogLine] = []
        var index = position(of: sequence)
        while index < count, found.count < limit {
            let line = line(index)
            if isWanted(line) { found.append(line) }
            index += 1
        }
        return found
    }

    /// The newest lines that pass the filter, at most `limit`, oldest first.
    package func tail(_ limit: Int, where isWanted: (LogLine) -> Bool = { _ in true }) -> [LogLine] {
        var found: [LogLine] = []
        var index = count - 1
        while index >= 0, found.count < limit {
            let line = line(index)
            if isWanted(line) { found.append(line) }
            index -= 1
        }
        return found.reversed()
    }

    /// How many of the lines from `sequence` on are no longer there; with several pools at most so many.
    package func missing(from sequence: UInt64) -> UInt64 { lastLost >= sequence ? lastLost - sequence + 1 : 0 }

    /// The place, from the oldest, of the first line with at least this sequence.
    private func position(of sequence: UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if line(middle).sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func line(_ index: Int) -> LogLine {
        guard let line = slots[(head + index) % capacity] else {
            preconditionFailure("no line \(index) of \(count)")
        }
        return line
    }
}
