internal import Glibc

/// Writes access log lines in a compiled format, without allocating. One for each loop: it keeps the time's text.
///
/// A request's head is gone when its line is written. So what the format needs of it is copied first, escaped and cut
/// to size, into a few hundred bytes that the exchange keeps; likewise of the response's head:
///
///     let taken = log.capture(request, raw, fields: …, context, to: buffer, capacity)     // AccessLog+Capture
///     …
///     let count = log.write(record, request: captured, response: captured, to: out)       // out: lineBytesMax
package final class AccessLog {
    // State: the items and their text are immutable; `second` and `timeText` are a cache of the loop that owns this.

    /// Bytes that one capture may take.
    package static let captureBytesMax = 4096
    /// Bytes of one captured value after escaping. Beyond: it is cut.
    static let valueBytesMax = 1024
    /// Marks a captured value that was not there.
    static let missing: UInt16 = 0xffff

    /// A compiled item: its text is in `texts`.
    struct Entry {
        var kind: AccessItem.Kind
        var isString: Bool
        var text: ByteRange
    }

    let entries: UnsafeMutablePointer<Entry>
    let entriesCount: Int
    let texts: UnsafeMutablePointer<UInt8>
    let isJSON: Bool
    /// Whether any item needs the request's or the response's head; else capturing is unnecessary.
    package let needsRequest: Bool
    package let needsResponse: Bool
    /// Room that one line needs at most.
    package let lineBytesMax: Int

    private var second = Int64.min
    private let timeText: UnsafeMutablePointer<UInt8>
    private static let timeBytes = 28

    package init(_ format: AccessFormat) {
        var layout: [UInt8] = []
        var compiled: [Entry] = []
        for item in format.items {
            let start = layout.count
            layout += item.text
            compiled.append(Entry(kind: item.kind, isString: item.isString, text: ByteRange(start, layout.count)))
        }
        entriesCount = compiled.count
        entries = .allocate(capacity: max(1, compiled.count))
        entries.initialize(from: compiled, count: compiled.count)
        texts = .allocate(capacity: max(1, layout.count))
        texts.initialize(from: layout, count: layout.count)
        isJSON = format.isJSON
        needsRequest = format.items.contains { $0.kind.isOfRequest }
        needsResponse = format.items.contains { $0.kind == .responseField }
        let itemsBytes = format.items.reduce(0) { $0 + AccessLog.bytesMax($1.kind) }
        lineBytesMax = layout.count + itemsBytes + 2 * AccessLog.captureBytesMax + 1
        timeText = .allocate(capacity: AccessLog.timeBytes)
        timeText.initialize(repeating: ASCII.space, count: AccessLog.timeBytes)
    }

    deinit {
        entries.deallocate()
        texts.deallocate()
        timeText.deallocate()
    }

    /// Bytes of an address or a worker's name in a line. Beyond: cut.
    private static let nameBytesMax = 64

    /// Bytes that an item writes at most, apart from its text and from what was captured.
    private static func bytesMax(_ kind: AccessItem.Kind) -> Int {
        switch kind {
        case .literal: 0
        case .peer, .pool, .worker: nameBytesMax * LogEscape.growthMax + 2
        // A number of 64 bits with a point, a time, `null`, or the quotes around a captured value.
        default: 32
        }
    }

    /// Writes one line with its LF.
    ///
    /// - Parameters:
    ///   - request: what ``capture(_:_:fields:_:to:_:)`` wrote; empty where no request was read.
    ///   - response: likewise of the response; empty where none came.
    ///   - out: room for ``lineBytesMax`` bytes.
    package func write(
        _ record: AccessRecord,
        request: UnsafeBufferPointer<UInt8>,
        response: UnsafeBufferPointer<UInt8>,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        var requestCursor = 0
        var responseCursor = 0
        for index in 0..<entriesCount {
            let entry = entries[index]
            if entry.kind == .literal {
                writer.append(entry.text, of: UnsafePointer(texts))
            } else if entry.kind.isOfRequest {
                appendCaptured(request, &requestCursor, entry, &writer)
            } else if entry.kind == .responseField {
                appendCaptured(response, &responseCursor, entry, &writer)
            } else {
                appendKnown(entry, record, &writer)
            }
        }
        writer.append(ASCII.lineFeed)
        return writer.count
    }

    private func appendMissing(_ writer: inout ByteWriter) { writer.append(isJSON ? "null" : "-") }

    private func appendCaptured(
        _ captured: UnsafeBufferPointer<UInt8>,
        _ cursor: inout Int,
        _ entry: Entry,
        _ writer: inout ByteWriter
    ) {
        guard let base = captured.baseAddress, cursor + 2 <= captured.count else { return appendMissing(&writer) }
        let length = UInt16(base[cursor]) | UInt16(base[cursor + 1]) << 8
        cursor += 2
        guard length != AccessLog.missing, cursor + Int(length) <= captured.count else { return appendMissing(&writer) }
        if entry.isString { writer.append(ASCII.quote) }
        writer.append(base + cursor, Int(length))
        if entry.isString { writer.append(ASCII.quote) }
        cursor += Int(length)
    }

    private func appendKnown(_ entry: Entry, _ record: AccessRecord, _ writer: inout ByteWriter) {
        switch entry.kind {
        case .peer: appendName(record.peer, entry, &writer)
        case .pool: appendName(record.pool, entry, &writer)
        case .worker: appendName(record.worker, entry, &writer)
        case .time: appendTime(record.startedAt, &writer)
        case .timeRFC3339: appendRFC3339(record.startedAt, entry, &writer)
        case .pid:
            writer.append(UInt8(ascii: "<"))
            writer.append(decimal: UInt64(max(0, record.pid)))
            writer.append(UInt8(ascii: ">"))
        case .status: record.status == 0 ? appendMissing(&writer) : writer.append(decimal: UInt64(record.status))
        case .bodyBytes: writer.append(decimal: record.bodyBytes)
        case .bodyBytesOrDash:
            record.status == 0 ? writer.append("-") : writer.append(decimal: record.bodyBytes)
        case .bytesIn: writer.append(decimal: record.bytesIn)
        case .bytesOut: writer.append(decimal: record.bytesOut)
        case .seconds: writer.append(decimal: record.totalTime / 1_000_000_000)
        case .secondsExact: writer.append(millionths: record.totalTime / 1000)
        case .milliseconds: writer.append(decimal: record.totalTime / 1_000_000)
        case .microseconds: writer.append(decimal: record.totalTime / 1000)
        case .attempts: writer.append(decimal: UInt64(max(0, record.attempts)))
        case .queueTime: appendDuration(record.queueTime, &writer)
        case .connectTime: appendDuration(record.connectTime, &writer)
        case .firstByteTime: appendDuration(record.firstByteTime, &writer)
        case .totalTime: appendDuration(record.totalTime, &writer)
        case .termination:
            if entry.isString { writer.append(ASCII.quote) }
            writer.append(record.termination.cause.rawValue)
            writer.append(record.termination.phase.rawValue)
            if entry.isString { writer.append(ASCII.quote) }
        case .dash: appendMissing(&writer)
        case .literal, .requestLine, .method, .target, .path, .query, .version, .requestID, .user, .requestField,
            .responseField:
            preconditionFailure("illegal: \(entry.kind) is copied, not computed")
        }
    }

    private func appendName(_ name: UnsafeBufferPointer<UInt8>, _ entry: Entry, _ writer: inout ByteWriter) {
        guard name.count > 0 else { return appendMissing(&writer) }
        if entry.isString { writer.append(ASCII.quote) }
        let shown = UnsafeBufferPointer(rebasing: name.prefix(AccessLog.nameBytesMax))
        LogEscape.append(shown, isJSON: isJSON, to: &writer, upTo: .max)
        if entry.isString { writer.append(ASCII.quote) }
    }

    private func appendDuration(_ nanoseconds: UInt64?, _ writer: inout ByteWriter) {
        guard let nanoseconds else { return appendMissing(&writer) }
        writer.append(thousandths: nanoseconds / 1000)
    }

    private func appendTime(_ microseconds: Int64, _ writer: inout ByteWriter) {
        let now = microseconds >= 0 ? microseconds / 1_000_000 : 0
        if now != second {
            second = now
            LogTime.write(seconds: now, to: timeText)
        }
        writer.append(UnsafePointer(timeText), AccessLog.timeBytes)
    }

    private func appendRFC3339(_ microseconds: Int64, _ entry: Entry, _ writer: inout ByteWriter) {
        if entry.isString { writer.append(ASCII.quote) }
        LogTime.appendRFC3339(microseconds: max(0, microseconds), to: &writer)
        if entry.isString { writer.append(ASCII.quote) }
    }
}
