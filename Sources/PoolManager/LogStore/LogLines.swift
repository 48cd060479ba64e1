package import PoolModel

/// A piece of the pools' logs.
package struct LogLines: Sendable {
    package var lines: [LogLine]
    /// The last sequence number looked at.
    package var next: UInt64
    /// Lines that are no longer there, at most.
    package var missed: UInt64
    /// The search took too long: lines that match may have been left out.
    package var isCutShort: Bool
    /// What is to be looked for in the files as well; nil where memory has all that is wanted.
    package var archive: ArchiveRequest?
    /// There are more lines behind ``next``.
    package var isMore = false

    package init(lines: [LogLine], next: UInt64, missed: UInt64, isCutShort: Bool = false) {
        self.lines = lines
        self.next = next
        self.missed = missed
        self.isCutShort = isCutShort
    }

    /// Adds what the files have of the same question.
    package mutating func add(_ found: ArchiveLines, of request: ArchiveRequest) {
        archive = nil
        lines += found.lines
        isCutShort = isCutShort || found.isCutShort
        if request.isNewest {
            lines.sort { $0.sequence < $1.sequence }
            lines = lines.suffix(request.limit)
        } else {
            if let reached = found.reached, reached < next {
                next = reached
                isMore = true
            }
            cut(to: request.limit)
        }
    }

    /// Keeps the oldest lines up to ``next``, so many of them.
    mutating func cut(to limit: Int) {
        lines = lines.filter { $0.sequence <= next }.sorted { $0.sequence < $1.sequence }
        guard lines.count > limit else { return }
        lines = Array(lines.prefix(limit))
        next = lines.last?.sequence ?? next
    }
}
