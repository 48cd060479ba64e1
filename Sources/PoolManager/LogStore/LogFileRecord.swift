package import PoolModel

/// The form of a line in a worker's log file: a prefix for people, grep and the next manager, then the raw bytes.
///
/// ```
/// 2026-11-22T07:41:05.120456Z 1042 3 out GET / 200
/// 2026-11-22T07:41:05.120461Z 1043 3 err+the first part of a line that was too long
/// time in UTC                 |    | stream: out, err or pool; `+` instead of a space where the next line goes on
///                             |    life: which process of the worker
///                             sequence in the pool's log
/// ```
///
/// A value rather than a function, because it keeps the text of the last time: lines that were read together share it.
package struct LogFileRecord {
    private var at: Timestamp?
    private var time: [UInt8] = []

    package init() {}

    /// Appends a line with its prefix and a line feed.
    package mutating func encode(_ line: LogLine, into output: inout [UInt8]) {
        if line.at != at {
            at = line.at
            time = Array(LogFileRecord.text(of: line.at).utf8)
        }
        output.append(contentsOf: time)
        output.append(LogFileRecord.space)
        LogFileRecord.append(line.sequence, to: &output)
        output.append(LogFileRecord.space)
        LogFileRecord.append(line.life, to: &output)
        switch line.stream {
        case .stdout: output.append(contentsOf: [0x20, 0x6f, 0x75, 0x74])
        case .stderr: output.append(contentsOf: [0x20, 0x65, 0x72, 0x72])
        case .mark: output.append(contentsOf: [0x20, 0x70, 0x6f, 0x6f, 0x6c])
        }
        output.append(line.isContinued ? LogFileRecord.plus : LogFileRecord.space)
        output.append(contentsOf: line.bytes)
        output.append(LogFileRecord.lineFeed)
    }

    /// Reads a line without its line feed; nil for what is not ours, such as a torn line.
    package static func decode(_ record: ArraySlice<UInt8>, worker: WorkerID) -> LogLine? {
        var rest = record
        guard let at = Timestamp(field(&rest)), let sequence = UInt64(field(&rest)), let life = Life(field(&rest)),
            let end = rest.firstIndex(where: { $0 == space || $0 == plus }),
            (1...sequenceMax).contains(sequence), let stream = stream(named: rest[rest.startIndex..<end])
        else { return nil }
        return LogLine(
            sequence: sequence,
            at: at,
            worker: worker,
            life: life,
            stream: stream,
            bytes: Array(rest[(end + 1)...]),
            isContinued: rest[end] == plus
        )
    }

    /// No line has a higher number: one in a file was not ours, and nothing may be counted on from it.
    static let sequenceMax = UInt64.max / 2
    private static let space = UInt8(ascii: " ")
    private static let plus = UInt8(ascii: "+")
    private static let lineFeed = UInt8(ascii: "\n")

    private static func stream(named name: ArraySlice<UInt8>) -> LogStream? {
        if name.elementsEqual("out".utf8) { return .stdout }
        if name.elementsEqual("err".utf8) { return .stderr }
        return name.elementsEqual("pool".utf8) ? .mark : nil
    }

    /// Takes the text up to the next space; empty where it is longer than any of our fields.
    private static func field(_ rest: inout ArraySlice<UInt8>) -> String {
        guard let end = rest.prefix(32).firstIndex(of: space) else { return "" }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
    }

    private static func append(_ number: UInt64, to output: inout [UInt8]) {
        if number >= 10 { append(number / 10, to: &output) }
        output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// RFC 3339 with microseconds: `2026-11-22T07:41:05.120456Z`.
    private static func text(of at: Timestamp) -> String {
        let rest = at.microseconds % 1000
        let digits = String(rest < 0 ? rest + 1000 : rest)
        return "\(at.description.dropLast())\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }
}
