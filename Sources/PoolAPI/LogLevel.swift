/// How grave a log line is, by the word that says so in it: the levels that programs commonly print.
package enum LogLevel: String, Hashable, Sendable, CaseIterable, Comparable {
    case debug, info, warning, error, critical

    /// The level of a line: of the first level word in its first bytes, in capitals (`ERROR`), in brackets or as a
    /// field (`[error]`, `level=error`, `"level":"error"`); the head of a Python traceback is an `error`; anything else is
    /// `info`, on standard error too: Python's logging and many others write everything there.
    package init(ofLine bytes: some Collection<UInt8>) {
        self = LogLevel.word(in: bytes.prefix(LogLevel.bytesMax)) ?? .info
    }

    /// Bytes of a line that are looked at.
    package static let bytesMax = 192

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        case .critical: 4
        }
    }

    private static func word(in bytes: some Collection<UInt8>) -> LogLevel? {
        var word: [UInt8] = []
        var before: UInt8 = 0
        for byte in bytes {
            if isLetter(byte) {
                word.append(byte)
                continue
            }
            if let level = level(of: word, after: before) { return level }
            if !word.isEmpty { word.removeAll(keepingCapacity: true) }
            before = byte
        }
        return level(of: word, after: before)
    }

    /// A word in small letters counts only where it is marked as a field: "no error" is no error.
    private static func level(of word: [UInt8], after before: UInt8) -> LogLevel? {
        guard (3...9).contains(word.count) else { return nil }
        if word == traceback { return .error }
        let isCapital = word.allSatisfy { $0 < 0x60 }
        guard isCapital || marks.contains(before) else { return nil }
        return words[String(decoding: word, as: UTF8.self).lowercased()]
    }

    private static let traceback = Array("Traceback".utf8)
    private static let marks = Array("[=\":".utf8)

    private static let words: [String: LogLevel] = [
        "trace": .debug, "debug": .debug, "info": .info, "notice": .info, "warn": .warning, "warning": .warning,
        "err": .error, "error": .error, "exception": .error, "critical": .critical, "crit": .critical,
        "fatal": .critical, "panic": .critical, "alert": .critical, "emerg": .critical,
    ]

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
