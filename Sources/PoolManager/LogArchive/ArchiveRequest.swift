package import PoolModel
package import PoolOS

/// What is asked of the log files: lines that are no longer in memory.
package struct ArchiveRequest: Hashable, Sendable {
    package var filter: LogFilter
    /// Only lines with a higher number.
    package var after: UInt64
    /// Of each pool the last line that memory no longer has; pools that are not named are not looked at.
    package var through: [String: UInt64]
    package var limit: Int
    /// The newest lines that pass; else the oldest.
    package var isNewest: Bool

    package init(filter: LogFilter, after: UInt64, through: [String: UInt64], limit: Int, isNewest: Bool) {
        self.filter = filter
        self.after = after
        self.through = through
        self.limit = limit
        self.isNewest = isNewest
    }
}

/// Lines of the log files, in the order of their numbers.
package struct ArchiveLines: Sendable {
    package var lines: [LogLine] = []
    /// There may be more lines of what was asked for, behind this number; nil where that was all. Not for the newest.
    package var reached: UInt64?
    /// The search for the newest lines took too long: some may have been left out.
    package var isCutShort = false
    /// Files could not be read: lines of theirs are missing.
    package var trouble: SystemError?
    /// It was not begun: too many searches were under way.
    package var isRefused = false

    package init() {}
}
