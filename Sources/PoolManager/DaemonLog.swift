internal import Glibc
package import PoolModel

/// The daemon's own log: lines on stderr for a person or for journald.
///
/// On a terminal or in a file a line is `2026-11-22T07:41:05.120Z notice text`. Under journald (`JOURNAL_STREAM` is
/// set) it is `<5>text`: the journal knows the time and takes the level from the number (sd-daemon(3)).
package struct DaemonLog: Sendable {
    private let descriptor: Int32
    private let isJournal: Bool

    package init(descriptor: Int32 = 2, isJournal: Bool = getenv("JOURNAL_STREAM") != nil) {
        self.descriptor = descriptor
        self.isJournal = isJournal
    }

    /// Writes one line, whatever the text holds: a line feed in it must not make another. Lines are lost, not waited for, where nobody can take them: a log must never stop a pool.
    package func write(_ severity: PoolEvent.Severity, _ text: String, at: Timestamp) {
        let line = isJournal ? "<\(severity.syslogSeverity)>\(text)" : "\(at) \(severity.padded) \(text)"
        let bytes = line.utf8.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 } + [UInt8(ascii: "\n")]
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}

extension PoolEvent.Severity {
    fileprivate var padded: String {
        switch self {
        case .info: "info   "
        case .notice: "notice "
        case .warning: "warning"
        case .error: "error  "
        }
    }
}
