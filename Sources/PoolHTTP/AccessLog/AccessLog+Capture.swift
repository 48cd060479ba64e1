extension AccessLog {
    /// Copies what the format needs of a request.
    ///
    /// - Parameters:
    ///   - fields: the table of the parser that read the head, unchanged since.
    ///   - isHTTP2: the head was made of an HTTP/2 request.
    ///   - capacity: room at `out`; ``captureBytesMax`` is always enough. What does not fit is cut.
    /// - Returns: the bytes written.
    package func capture(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        fields: UnsafePointer<HeadField>,
        _ context: RequestPlan.Context,
        isHTTP2: Bool = false,
        to out: UnsafeMutablePointer<UInt8>,
        _ capacity: Int
    ) -> Int {
        var capture = Capture(out, min(capacity, AccessLog.captureBytesMax), isJSON: isJSON)
        for index in 0..<entriesCount where entries[index].kind.isOfRequest {
            switch entries[index].kind {
            case .requestLine where isHTTP2: capture.append(head.line, of: raw, endingIn: "2.0")
            case .requestLine: capture.append(head.line, of: raw)
            case .method: capture.append(head.methodRange, of: raw)
            case .target: capture.append(head.target, of: raw)
            case .path: capture.append(pathParts(head, raw).path, of: raw)
            case .query: capture.append(pathParts(head, raw).query, of: raw)
            case .version: capture.append(isHTTP2 ? "HTTP/2.0" : head.isHTTP10 ? "HTTP/1.0" : "HTTP/1.1")
            case .requestID:
                if context.isTrusted && head.facts.kinds.has(.xRequestID) {
                    capture.append(field: "x-request-id", head.facts.fieldsCount, fields, raw)
                } else {
                    capture.append(hexadecimal: context.requestID)
                }
            case .user: capture.append(userOf: head.facts.fieldsCount, fields, raw)
            case .requestField:
                capture.append(
                    field: entries[index].text.bytes(in: UnsafePointer(texts)),
                    head.facts.fieldsCount,
                    fields,
                    raw
                )
            default: break
            }
        }
        return capture.count
    }

    /// Copies the beginning of a request that could not be read, as its request line.
    package func capture(
        refused raw: UnsafePointer<UInt8>,
        _ count: Int,
        to out: UnsafeMutablePointer<UInt8>,
        _ capacity: Int
    ) -> Int {
        var capture = Capture(out, min(capacity, AccessLog.captureBytesMax), isJSON: isJSON)
        var start = 0
        while start < count && (raw[start] == ASCII.carriageReturn || raw[start] == ASCII.lineFeed) { start += 1 }
        var end = start
        while end < count && raw[end] != ASCII.carriageReturn && raw[end] != ASCII.lineFeed { end += 1 }
        for index in 0..<entriesCount where entries[index].kind.isOfRequest {
            let isLine = entries[index].kind == .requestLine || entries[index].kind == .target
            if isLine && end > start { capture.append(ByteRange(start, end), of: raw) } else { capture.appendMissing() }
        }
        return capture.count
    }

    /// Copies what the format needs of a response.
    package func capture(
        _ head: ResponseHead,
        _ raw: UnsafePointer<UInt8>,
        fields: UnsafePointer<HeadField>,
        to out: UnsafeMutablePointer<UInt8>,
        _ capacity: Int
    ) -> Int {
        var capture = Capture(out, min(capacity, AccessLog.captureBytesMax), isJSON: isJSON)
        for index in 0..<entriesCount where entries[index].kind == .responseField {
            let name = entries[index].text.bytes(in: UnsafePointer(texts))
            capture.append(field: name, head.facts.fieldsCount, fields, raw)
        }
        return capture.count
    }

    private func pathParts(_ head: RequestHead, _ raw: UnsafePointer<UInt8>) -> (path: ByteRange, query: ByteRange) {
        let start = Int(head.path.start)
        let end = start + Int(head.path.count)
        var cursor = start
        while cursor < end && raw[cursor] != ASCII.question { cursor += 1 }
        return (ByteRange(start, cursor), ByteRange(min(cursor + 1, end), end))
    }
}

/// Writes values as two bytes of length and the escaped text, into bounded room.
private struct Capture {
    private var writer: ByteWriter
    private let capacity: Int
    private let isJSON: Bool

    var count: Int { writer.count }

    init(_ out: UnsafeMutablePointer<UInt8>, _ capacity: Int, isJSON: Bool) {
        writer = ByteWriter(out)
        self.capacity = capacity
        self.isJSON = isJSON
    }

    mutating func append(_ range: ByteRange, of raw: UnsafePointer<UInt8>) { append(range.bytes(in: raw)) }

    mutating func append(_ literal: StaticString) {
        append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard writer.count + 2 <= capacity else { return }
        let start = writer.count
        let end = min(capacity, start + 2 + AccessLog.valueBytesMax)
        writer.append(0)
        writer.append(0)
        LogEscape.append(bytes, isJSON: isJSON, to: &writer, upTo: end)
        setLength(UInt16(writer.count - start - 2), at: start)
    }

    /// A run of bytes whose end is replaced by a text of the same length.
    mutating func append(_ range: ByteRange, of raw: UnsafePointer<UInt8>, endingIn end: StaticString) {
        let before = writer.count
        append(range.bytes(in: raw))
        let count = end.utf8CodeUnitCount
        // A line that was cut has lost its end.
        guard Int(range.count) <= AccessLog.valueBytesMax, writer.count - before > count + 2 else { return }
        for index in 0..<count { writer.base[writer.count - count + index] = end.utf8Start[index] }
    }

    mutating func append(hexadecimal pair: (UInt64, UInt64)) {
        guard writer.count + 34 <= capacity else { return }
        let start = writer.count
        writer.append(0)
        writer.append(0)
        writer.append(hexadecimal: pair.0)
        writer.append(hexadecimal: pair.1)
        setLength(32, at: start)
    }

    mutating func append(
        field name: StaticString,
        _ count: Int,
        _ fields: UnsafePointer<HeadField>,
        _ raw: UnsafePointer<UInt8>
    ) {
        append(field: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), count, fields, raw)
    }

    /// The first value of a field.
    mutating func append(
        field name: UnsafeBufferPointer<UInt8>,
        _ count: Int,
        _ fields: UnsafePointer<HeadField>,
        _ raw: UnsafePointer<UInt8>
    ) {
        guard let base = name.baseAddress else { return appendMissing() }
        for index in 0..<count where fields[index].isNamed(base, name.count, in: raw) {
            return append(fields[index].value, of: raw)
        }
        appendMissing()
    }

    /// The user of `Authorization: Basic` among the fields (RFC 7617).
    mutating func append(userOf count: Int, _ fields: UnsafePointer<HeadField>, _ raw: UnsafePointer<UInt8>) {
        let name: StaticString = "authorization"
        for index in 0..<count where fields[index].isNamed(name.utf8Start, name.utf8CodeUnitCount, in: raw) {
            let value = fields[index].value.bytes(in: raw)
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: BasicUser.bytesMax) { out in
                guard let length = BasicUser.decode(value, to: out) else { return appendMissing() }
                append(UnsafeBufferPointer(rebasing: out[..<length]))
            }
        }
        appendMissing()
    }

    mutating func appendMissing() {
        guard writer.count + 2 <= capacity else { return }
        writer.append(UInt8(truncatingIfNeeded: AccessLog.missing))
        writer.append(UInt8(truncatingIfNeeded: AccessLog.missing >> 8))
    }

    private func setLength(_ length: UInt16, at offset: Int) {
        writer.base[offset] = UInt8(truncatingIfNeeded: length)
        writer.base[offset + 1] = UInt8(truncatingIfNeeded: length >> 8)
    }
}
