internal import Glibc
internal import PoolModel

/// Looks at the records of a log file without making lines of them: most of what a query reads is not wanted.
enum LogText {
    /// `2026-11-22T07:41:05.120456Z`
    static let timeBytes = 27
    private static let lineFeed = UInt8(ascii: "\n")

    /// What some records hold.
    struct Range: Hashable {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var earliest: Int64 = 0
        var latest: Int64 = 0
    }

    /// Calls the body with each record without its line feed. What has none, at the end, is still being written.
    static func forEach(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var rest = text
        while let base = rest.baseAddress, !rest.isEmpty, let end = memchr(base, Int32(lineFeed), rest.count) {
            let count = UnsafeRawPointer(end) - UnsafeRawPointer(base)
            body(UnsafeBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeBufferPointer(rebasing: rest[(count + 1)...])
        }
    }

    /// The number of a record; nil for what is not ours.
    static func sequence(of record: UnsafeBufferPointer<UInt8>) -> UInt64? {
        guard record.count > timeBytes + 2, record[timeBytes] == 0x20, record[timeBytes - 1] == UInt8(ascii: "Z") else {
            return nil
        }
        var number: UInt64 = 0
        for index in timeBytes + 1..<min(record.count, timeBytes + 21) {
            let byte = record[index]
            if byte == 0x20 { return index > timeBytes + 1 && number <= LogFileRecord.sequenceMax ? number : nil }
            guard byte >= 48, byte <= 57 else { return nil }
            number = number &* 10 &+ UInt64(byte - 48)
        }
        return nil
    }

    /// Which numbers and times the records have.
    static func range(of text: [UInt8]) -> Range {
        var range = Range()
        text.withUnsafeBufferPointer { text in
            var earliest: UnsafeBufferPointer<UInt8>?
            var latest: UnsafeBufferPointer<UInt8>?
            forEach(text) { record in
                guard let sequence = sequence(of: record) else { return }
                if range.first == 0 { range.first = sequence }
                range.last = max(range.last, sequence)
                let time = UnsafeBufferPointer(rebasing: record[..<timeBytes])
                if latest.map({ isEarlier($0, time) }) ?? true { latest = time }
                if earliest.map({ isEarlier(time, $0) }) ?? true { earliest = time }
            }
            range.earliest = earliest.flatMap(microseconds) ?? 0
            range.latest = latest.flatMap(microseconds) ?? 0
        }
        return range
    }

    /// Times of one width are in the order of their text.
    private static func isEarlier(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let left = left.baseAddress, let right = right.baseAddress else { return false }
        return memcmp(left, right, timeBytes) < 0
    }

    private static func microseconds(_ time: UnsafeBufferPointer<UInt8>) -> Int64? {
        Timestamp(String(decoding: time, as: UTF8.self))?.microseconds
    }
}
