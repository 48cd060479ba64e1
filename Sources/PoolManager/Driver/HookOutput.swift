internal import Glibc
internal import PoolOS

/// What a hook writes, line by line. Bounded: lines of up to 1 KiB, and of each hook the first 100; of the rest it is
/// said how many there were.
struct HookOutput {
    static let lineBytesMax = 1 << 10
    static let linesMax = 100

    private var partial: [UInt8] = []
    private var count = 0
    /// The newest line, for the reason of a failure.
    private(set) var last = ""

    /// Takes in bytes, and returns the lines that are to be kept.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if let line = endLine() { lines.append(line) }
            } else if partial.count < HookOutput.lineBytesMax {
                // Nobody's terminal is to be told anything by it.
                partial.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: " ") : byte)
            }
        }
        return lines
    }

    /// The end: a last line without its line feed, and how many lines were left out.
    mutating func finish() -> [String] {
        var lines: [String] = []
        if !partial.isEmpty, let line = endLine() { lines.append(line) }
        if count > HookOutput.linesMax { lines.append("(\(count - HookOutput.linesMax) more lines were left out)") }
        return lines
    }

    private mutating func endLine() -> String? {
        let line = String(decoding: partial, as: UTF8.self)
        partial.removeAll(keepingCapacity: true)
        count += 1
        if !line.isEmpty { last = line }
        return count > HookOutput.linesMax ? nil : line
    }
}
