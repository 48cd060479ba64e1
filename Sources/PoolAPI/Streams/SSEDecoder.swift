package import PoolModel

/// Reads server-sent events from bytes as they come, in pieces of any size.
///
/// Events of unknown names and events without data are skipped, comments and unknown fields ignored, as the standard
/// says; CR, LF and CRLF all end a line.
package struct SSEDecoder: Sendable {
    /// The last `id` that was seen, over all events: what `Last-Event-ID` asks for.
    package private(set) var lastSequence: UInt64?

    private let bytesMax: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var sequence: UInt64?
    private var skipsLineFeed = false
    private var isStart = true

    /// - Parameter bytesMax: Bytes of one event; an event beyond it is an error.
    package init(bytesMax: Int = StreamRecord.bytesMax) { self.bytesMax = bytesMax }

    /// Takes more bytes; returns the records that they complete.
    ///
    /// Throws `too-large` for an event over the limit: the connection is then of no use any more.
    package mutating func decode(_ bytes: some Collection<UInt8>) throws(PoolError) -> [StreamRecord] {
        var records: [StreamRecord] = []
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            if skipsLineFeed {
                skipsLineFeed = false
                if rest.first == UInt8(ascii: "\n") {
                    rest = rest.dropFirst()
                    continue
                }
            }
            let end = SSEDecoder.lineEnd(in: rest)
            let piece = rest[..<(end ?? rest.endIndex)]
            guard line.count + piece.count + data.count <= bytesMax else {
                throw PoolError(.tooLarge, "a record of the stream is over \(bytesMax) bytes")
            }
            line += piece
            guard let end else { break }
            skipsLineFeed = rest[end] == UInt8(ascii: "\r")
            rest = rest[(end + 1)...]
            if let record = finishLine() { records.append(record) }
        }
        return records
    }

    /// Where the first CR or LF is. Most of a stream of state is one line of a megabyte.
    private static func lineEnd(in bytes: ArraySlice<UInt8>) -> Int? {
        let offset = bytes.withUnsafeBufferPointer { bytes in
            var offset = 0
            while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n"), bytes[offset] != UInt8(ascii: "\r") {
                offset += 1
            }
            return offset
        }
        return offset < bytes.count ? bytes.startIndex + offset : nil
    }

    /// Acts on a whole line; an empty one ends the event.
    private mutating func finishLine() -> StreamRecord? {
        defer { line.removeAll(keepingCapacity: true) }
        if isStart {
            isStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return finishEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        let field = line[..<colon]
        if field.elementsEqual("data".utf8) {
            if hasData { data.append(UInt8(ascii: "\n")) }
            hasData = true
            data += value
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8), let number = UInt64(String(decoding: value, as: UTF8.self)) {
            sequence = number
        }
        return nil
    }

    private mutating func finishEvent() -> StreamRecord? {
        defer {
            data = []
            hasData = false
            name = ""
            sequence = nil
        }
        // Not earlier: of an event that was cut off behind its id, the data must be asked for again.
        if let sequence { lastSequence = sequence }
        guard hasData, let kind = StreamRecord.Kind(rawValue: name) else { return nil }
        return StreamRecord(kind, sequence: sequence, data: data)
    }
}
