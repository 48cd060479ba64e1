package import PoolAPI
package import PoolModel

/// A log line as the dashboard keeps it: cleaned, with its level.
package struct LogRow: Hashable, Sendable {
    package var sequence: UInt64
    package var at: Timestamp
    package var worker: Int
    package var stream: LogStream
    package var level: LogLevel
    package var text: String
    package var isMarked = false

    package init(_ record: LogRecord) {
        sequence = record.sequence
        at = record.at
        worker = record.worker.number
        stream = record.stream
        text = LogText.clean(record.text)
        level = record.stream == .mark ? .info : LogLevel(ofLine: text.utf8)
    }

    /// A line as it was kept.
    init(
        sequence: UInt64,
        at: Timestamp,
        worker: Int,
        stream: LogStream,
        level: LogLevel,
        text: String,
        isMarked: Bool
    ) {
        self.sequence = sequence
        self.at = at
        self.worker = worker
        self.stream = stream
        self.level = level
        self.text = text
        self.isMarked = isMarked
    }

    /// A line of the dashboard's own between the others: a gap.
    package init(notice text: String, at: Timestamp) {
        sequence = 0
        self.at = at
        worker = -1
        stream = .mark
        level = .warning
        self.text = text
    }
}
