import PoolModel

/// A hand-made client of HTTP/2: it says what it is told, right or wrong, and reads frames.
final class HTTP2Client {
    struct Frame {
        var type: UInt8
        var flags: UInt8
        var stream: Int
        var payload: [UInt8]

        var isLast: Bool { (type == 0 || type == 1) && flags & 1 != 0 }
    }

    /// What came for one stream.
    struct Answer {
        /// Final statuses and interim ones.
        var statuses: [Int] = []
        var body: [UInt8] = []
        var hasTrailers = false
        var resetCode: Int?
        var text: String { String(decoding: body, as: UTF8.self) }
        var status: Int? { statuses.last }
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    let socket: TestSocket
    var answersPings = true
    private(set) var lastFrame: Frame?

    /// - Parameter settings: identifiers and values; the client's windows are large unless told otherwise.
    /// - Parameter window: what the connection's has more than by default.
    init(_ proxy: TestProxy, settings: [(Int, Int)] = [(4, 1 << 30)], window: Int = 1 << 30) throws {
        socket = try proxy.connect()
        var payload: [UInt8] = []
        for (id, value) in settings { payload += HTTP2Client.number(id, 2) + HTTP2Client.number(value, 4) }
        try socket.send(HTTP2Client.preface + HTTP2Client.frame(4, 0, 0, payload))
        if window > 0 { try send(8, 0, 0, HTTP2Client.number(window, 4)) }
    }

    static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ((count - 1 - $0) * 8)) }
    }

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: Int, _ payload: [UInt8] = []) -> [UInt8] {
        number(payload.count, 3) + [type, flags] + number(stream, 4) + payload
    }

    func send(_ type: UInt8, _ flags: UInt8, _ stream: Int, _ payload: [UInt8] = []) throws {
        try socket.send(HTTP2Client.frame(type, flags, stream, payload))
    }

    /// HPACK: each field literal, not indexed, not compressed.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + string(name) + string(value) }
    }

    private static func string(_ text: String) -> [UInt8] {
        var rest = text.utf8.count
        guard rest >= 127 else { return [UInt8(rest)] + Array(text.utf8) }
        var out: [UInt8] = [127]
        rest -= 127
        while rest >= 128 {
            out.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return out + [UInt8(rest)] + Array(text.utf8)
    }

    static func request(_ method: String = "GET", _ path: String = "/", _ fields: [(String, String)] = [])
        -> [(String, String)]
    {
        [(":method", method), (":scheme", "http"), (":path", path), (":authority", "test")] + fields
    }

    /// Sends a request's head, in as many frames as it needs.
    func begin(_ stream: Int, _ fields: [(String, String)] = HTTP2Client.request(), isLast: Bool = true) throws {
        let block = HTTP2Client.block(fields)
        let starts = Array(stride(from: 0, to: block.count, by: 16_000))
        for start in starts {
            let end: UInt8 = start == starts.last ? 4 : 0
            let flags = start == 0 ? end | (isLast ? 1 : 0) : end
            try send(start == 0 ? 1 : 9, flags, stream, Array(block[start..<min(block.count, start + 16_000)]))
        }
    }

    /// The next frame; SETTINGS and PING are answered.
    func next() throws -> Frame {
        let header = try socket.readExactly(9)
        let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
        let stream = header[5...8].reduce(0) { $0 << 8 | Int($1) }
        let frame = Frame(type: header[3], flags: header[4], stream: stream, payload: try socket.readExactly(length))
        if frame.type == 4 && frame.flags & 1 == 0 { try send(4, 1, 0) }
        if frame.type == 6 && frame.flags & 1 == 0 && answersPings { try send(6, 1, 0, frame.payload) }
        lastFrame = frame
        return frame
    }

    /// Reads until a stream has ended.
    func answer(_ stream: Int) throws -> Answer { try answers([stream])[stream] ?? Answer() }

    /// - Parameter onData: called with the bytes of each DATA frame.
    func answers(_ streams: [Int], onData: (Int) throws -> Void = { _ in }) throws -> [Int: Answer] {
        var open = Set(streams)
        var answers: [Int: Answer] = [:]
        while !open.isEmpty {
            let frame = try next()
            // Taken out, so that a long body is not copied for each frame.
            var answer = answers.removeValue(forKey: frame.stream) ?? Answer()
            switch frame.type {
            case 0:
                answer.body += frame.payload
                try onData(frame.payload.count)
            case 1:
                if let status = HTTP2Client.status(frame.payload) {
                    answer.statuses.append(status)
                } else {
                    answer.hasTrailers = true
                }
            case 3:
                answer.resetCode = frame.payload.reduce(0) { $0 << 8 | Int($1) }
                open.remove(frame.stream)
            case 7: throw TestSocket.Failure(description: "GOAWAY \(HTTP2Client.reason(frame))")
            default: break
            }
            if frame.isLast { open.remove(frame.stream) }
            answers[frame.stream] = answer
        }
        return answers
    }

    /// The error code of the GOAWAY frame that ends the connection, and what it says.
    func goAway() throws -> (code: Int, reason: String, last: Int) {
        while true {
            let frame = try next()
            guard frame.type == 7 else { continue }
            let code = frame.payload[4..<8].reduce(0) { $0 << 8 | Int($1) }
            return (code, HTTP2Client.reason(frame), frame.payload[0..<4].reduce(0) { $0 << 8 | Int($1) })
        }
    }

    private static func reason(_ frame: Frame) -> String { String(decoding: frame.payload.dropFirst(8), as: UTF8.self) }

    /// The status that a header block begins with; nil where it begins with something else (trailers).
    static func status(_ block: [UInt8]) -> Int? {
        let indexed: [UInt8: Int] = [
            0x88: 200, 0x89: 204, 0x8a: 206, 0x8b: 304, 0x8c: 400, 0x8d: 404, 0x8e: 500,
        ]
        // A change of the table's size may come first.
        let block = Array(block.drop { $0 & 0xe0 == 0x20 })
        guard let first = block.first else { return nil }
        if let status = indexed[first] { return status }
        guard first == 0x48 || first == 0x08 || first == 0x18, block.count > 1 else {
            // Seen before: this client keeps no table, so it does not know which.
            return first & 0x80 != 0 ? -1 : nil
        }
        let count = Int(block[1] & 127)
        let bytes = block[2..<2 + count]
        if block[1] & 128 == 0 { return Int(String(decoding: bytes, as: UTF8.self)) }
        // Huffman: digits have codes of 5 bits (0 to 2) or 6 (3 to 9).
        var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        var value = 0
        for _ in 0..<3 {
            let five = bits.prefix(5).reduce(0) { $0 << 1 | Int($1) }
            let six = bits.prefix(6).reduce(0) { $0 << 1 | Int($1) }
            value = value * 10 + (five <= 2 ? five : six - 0b011001 + 3)
            bits.removeFirst(five <= 2 ? 5 : 6)
        }
        return value
    }
}
