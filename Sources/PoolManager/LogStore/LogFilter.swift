package import PoolAPI
package import PoolCore
package import PoolModel

/// Which lines of a pool's log are wanted; everything that is not said lets all through.
package struct LogFilter: Sendable, Hashable {
    package var pool: String?
    package var workers: Set<WorkerID>?
    /// Empty is all.
    package var streams: Set<LogStream> = []
    /// Lines from this moment on.
    package var since: Timestamp?
    /// Bytes that the line holds.
    package var text: [UInt8] = []
    /// Compare ``text`` without regard to the case of ASCII letters.
    package var ignoresCase = false

    /// Lines that match it; looked for by a ``LogScan``, which bounds what that costs.
    package var pattern: BytePattern?

    /// This level and above, by the level word in the line. Marks of ours have none: they are info, as any such line.
    package var level: LogLevel?
    /// Only lines of this life of each worker; workers that are not named have none.
    package var lives: [WorkerID: Life]?

    package init() {}

    /// Whether a line is wanted, as far as it does not take a ``pattern`` to say so.
    package func matches(_ line: LogLine) -> Bool {
        if let pool, line.worker.pool != pool { return false }
        if let workers, !workers.contains(line.worker) { return false }
        if !streams.isEmpty, !streams.contains(line.stream) { return false }
        if let since, line.at < since { return false }
        if let lives, lives[line.worker] != line.life { return false }
        if let level, LogLevel(ofLine: line.bytes) < level { return false }
        return text.isEmpty || contains(line.bytes)
    }

    private func contains(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= text.count, let first = text.first.map(folded) else { return false }
        for start in 0...(bytes.count - text.count) where folded(bytes[start]) == first {
            if text.indices.allSatisfy({ folded(bytes[start + $0]) == folded(text[$0]) }) { return true }
        }
        return false
    }

    private func folded(_ byte: UInt8) -> UInt8 {
        ignoresCase && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    }
}
