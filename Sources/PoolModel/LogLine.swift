/// Where a line of a worker's log came from.
package enum LogStream: String, Hashable, Sendable, Codable, CaseIterable {
    case stdout, stderr
    /// A mark of Pool's own in the worker's log: started, exited, probe changed.
    case mark
}

/// One line that a worker wrote, or a mark of ours between them.
package struct LogLine: Hashable, Sendable {
    /// Position in the logs of all pools: one more for each line, never used twice, no gaps in what was captured.
    package var sequence: UInt64
    package var at: Timestamp
    package var worker: WorkerID
    package var life: Life
    package var stream: LogStream
    /// The raw bytes without the line feed; not necessarily UTF-8, may hold escape sequences.
    package var bytes: [UInt8]
    /// The line was longer than the limit: the next one of the same stream goes on with it.
    package var isContinued: Bool

    package init(
        sequence: UInt64,
        at: Timestamp,
        worker: WorkerID,
        life: Life,
        stream: LogStream,
        bytes: [UInt8],
        isContinued: Bool = false
    ) {
        self.sequence = sequence
        self.at = at
        self.worker = worker
        self.life = life
        self.stream = stream
        self.bytes = bytes
        self.isContinued = isContinued
    }
}
