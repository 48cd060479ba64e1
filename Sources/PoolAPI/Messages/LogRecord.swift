package import PoolModel

/// A line of a worker's output as JSON.
package struct LogRecord: Hashable, Sendable, Codable {
    package var sequence: UInt64
    package var at: Timestamp
    package var worker: WorkerID
    package var life: Life
    package var stream: LogStream
    /// The line as UTF-8; what was none is U+FFFD. May hold control characters: escape it before a terminal sees it.
    package var text: String
    /// The line was longer than the limit: the next one of the same worker and stream goes on with it.
    package var continued: Bool

    package init(
        sequence: UInt64,
        at: Timestamp,
        worker: WorkerID,
        life: Life,
        stream: LogStream,
        text: String,
        continued: Bool = false
    ) {
        self.sequence = sequence
        self.at = at
        self.worker = worker
        self.life = life
        self.stream = stream
        self.text = text
        self.continued = continued
    }

    package init(_ line: LogLine) {
        self.init(
            sequence: line.sequence,
            at: line.at,
            worker: line.worker,
            life: line.life,
            stream: line.stream,
            text: String(decoding: line.bytes, as: UTF8.self),
            continued: line.isContinued
        )
    }
}

/// `GET /v1/logs`: the oldest line first.
package struct LogPage: Hashable, Sendable, Codable {
    package var lines: [LogRecord]
    /// The last sequence number of the pools' logs that was considered: `after` of the next request.
    package var sequence: UInt64

    package init(lines: [LogRecord], sequence: UInt64) {
        self.lines = lines
        self.sequence = sequence
    }
}
