/// What the command line and the environment decide. The view reads nothing else from outside.
package struct Settings: Hashable, Sendable {
    package var glyphs = Glyphs.unicode
    /// Actions are refused here, whatever the daemon would allow.
    package var isReadOnly = false
    /// Frames a second, at most.
    package var rate = 4.0
    /// Seconds east of UTC, for times of day.
    package var utcOffset = 0
    /// Lines of log that are kept.
    package var logLinesMax = 100_000
    package var hasMouse = true
    /// The table's columns from the left; nil for all, dropped by width.
    package var columns: [WorkerColumn]?
    /// The name of the theme, and those that there are.
    package var theme = "auto"
    package var themes = ["auto"]
    /// The pool to show first; nil for the first by name.
    package var pool: String?

    package init() {}
}

/// The machine that the pool runs on: what gauges measure against.
package struct HostFacts: Hashable, Sendable {
    package var cores: Int
    package var memoryBytes: UInt64

    package init(cores: Int = 1, memoryBytes: UInt64 = 0) {
        self.cores = max(1, cores)
        self.memoryBytes = memoryBytes
    }
}
