import PoolHTTP

/// What holds of every HTTP/2 head, whatever its fields: it is refused, or its text is one head that means the same. For
/// the seeded tests and the fuzz target.
enum StreamHeadInvariants {
    /// - Returns: what does not hold.
    static func check(_ fields: [(name: [UInt8], value: [UInt8])], hasBody: Bool) -> String? {
        var head = StreamHead()
        head.begin(limit: 1 << 16)
        for (name, value) in fields {
            (name + [0]).withUnsafeBufferPointer { name in
                (value + [0]).withUnsafeBufferPointer { value in
                    guard let first = name.baseAddress, let second = value.baseAddress else { return }
                    head.add(first, name.count - 1, second, value.count - 1)
                }
            }
        }
        head.conclude(hasBody: hasBody)
        guard head.fault == .none else { return nil }
        var text = [UInt8](unsafeUninitializedCapacity: head.textBytesMax) { buffer, count in
            count = buffer.baseAddress.map { head.write(key: (1, 2), to: $0) } ?? 0
        }
        guard text.count <= head.textBytesMax else { return "the text is longer than was said" }
        let parser = HeadParser(HeadLimits(headBytesMax: 1 << 17, requestLineBytesMax: 1 << 17, fieldsMax: 4096))
        // Bytes behind it must not become part of it.
        let count = text.count
        text += Array("X: y\r\n\r\n".utf8)
        return text.withUnsafeBufferPointer { bytes -> String? in
            guard let raw = bytes.baseAddress else { return nil }
            let parsed = parser.request(raw, bytes.count)
            guard parsed.fault == .none else { return nil }
            if parsed.consumed != count { return "the text is not one head" }
            if parsed.isChunked != head.isChunked { return "another framing" }
            if head.isWebSocket && parsed.method != .get { return "another method" }
            let path = fields.last { $0.name == Array(":path".utf8) }?.value
            if Array(parsed.target.bytes(in: raw)) != path { return "another target" }
            // Host, cookie, framing, and four of a WebSocket.
            return parsed.facts.fieldsCount <= fields.count + 6 ? nil : "more fields than came"
        }
    }
}
