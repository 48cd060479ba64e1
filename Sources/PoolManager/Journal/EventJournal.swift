private import FoundationEssentials
internal import Glibc
internal import PoolModel

/// The events on disk, one JSON object a line: the audit log, and where the next manager learns the last number.
///
/// Each event is one `write`, so kill -9 loses none. The file is rotated once: `events.ndjson` and `events.ndjson.1`.
/// A failure (a full disk) is told once and the events go on in memory.
final class EventJournal {
    /// A larger file is moved aside.
    static let bytesMax: UInt64 = 8 << 20

    private let file: LogFile
    private let encoder = JSONEncoder()
    private(set) var isFailing = false

    /// - Parameter path: of the file; its directory exists.
    init(path: String) {
        file = LogFile(path: path)
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    }

    /// Opens the file and reads the newest events, oldest first. A torn last line is cut off.
    func open() throws(LogFileError) -> [PoolEvent] {
        try file.open(wholeBytes: nil)
        let tail = file.tail(bytesMax: 1 << 20)
        let decoder = JSONDecoder()
        if tail.last != UInt8(ascii: "\n"), !tail.isEmpty {
            let torn = tail.count - ((tail.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
            try file.open(wholeBytes: file.size - UInt64(torn))
        }
        return tail.split(separator: UInt8(ascii: "\n")).suffix(Limits.eventsMax).compactMap {
            try? decoder.decode(PoolEvent.self, from: Data($0))
        }
    }

    /// Writes an event.
    /// - Returns: what went wrong, the first time only.
    func append(_ event: PoolEvent) -> LogFileError? {
        guard let line = try? encoder.encode(event) else { return nil }
        do {
            if file.size > EventJournal.bytesMax { try file.rotate(filesMax: 1) }
            try file.append(Array(line) + [UInt8(ascii: "\n")])
            isFailing = false
            return nil
        } catch {
            defer { isFailing = true }
            return isFailing ? nil : error
        }
    }
}
