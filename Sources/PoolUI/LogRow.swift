package import PoolAPI
package import PoolModel

/// How much a log line matters, as far as its text says.
package enum LogLevel: Int, Hashable, Sendable, Comparable, CaseIterable {
    case debug, info, warning, error

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }

    package var word: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warn"
        case .error: "error"
        }
    }

    /// Reads the level word in the first bytes of a line: in capitals anywhere (`WARNING`, `[ERROR]`), or after
    /// `level=`. A line without one is `info`.
    package static func of(_ text: String) -> LogLevel {
        var word: [UInt8] = []
        var previous: UInt8 = 0
        var before: UInt8 = 0
        for byte in text.utf8.prefix(96) {
            if (byte | 0x20) >= 97 && (byte | 0x20) <= 122 {
                if word.isEmpty { before = previous }
                word.append(byte)
            } else {
                if let level = level(word, after: before) { return level }
                word.removeAll(keepingCapacity: true)
            }
            previous = byte
        }
        return level(word, after: before) ?? .info
    }

    private static func level(_ word: [UInt8], after before: UInt8) -> LogLevel? {
        guard word.count >= 3, word.count <= 9 else { return nil }
        let isCapital = word.allSatisfy { $0 < 97 }
        guard isCapital || before == UInt8(ascii: "=") || before == UInt8(ascii: "\"") else { return nil }
        switch String(decoding: word.map { $0 & ~0x20 }, as: UTF8.self) {
        case "ERROR", "ERR", "CRITICAL", "FATAL", "EMERG", "ALERT", "PANIC", "CRIT", "SEVERE": return .error
        case "WARN", "WARNING": return .warning
        case "INFO", "NOTICE": return .info
        case "DEBUG", "TRACE", "DBG": return .debug
        default: return nil
        }
    }
}

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
        level = record.stream == .mark ? .info : LogLevel.of(text)
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
