internal import PoolCore
package import PoolModel

/// One look through the log: the filter, and what its pattern has left of the steps that it may take.
package final class LogScan {
    private let filter: LogFilter
    private var matcher: PatternMatcher?

    init(_ filter: LogFilter, steps: Int = PatternMatcher.stepsMax) {
        self.filter = filter
        matcher = filter.pattern.map { PatternMatcher($0, steps: steps) }
    }

    /// Whether a line is wanted. Once the steps are used up none is.
    package func takes(_ line: LogLine) -> Bool {
        guard filter.matches(line) else { return false }
        return matcher?.matches(line.bytes) ?? true
    }

    /// The pattern took too long: lines that match may have been left out.
    package var isCutShort: Bool { matcher?.isExhausted ?? false }
}
