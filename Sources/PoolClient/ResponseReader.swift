/// Reads one HTTP/1.1 response from bytes as they come: head, then the body's bytes without their framing.
///
/// Small and strict: what a daemon of ours sends, and nothing that could be read in two ways. Sans-I/O.
struct ResponseReader: Sendable {
    private enum Phase: Hashable {
        case statusLine, headers
        case body(left: Int)
        case untilClose
        case chunkSize, chunkEnd, trailers
        case chunk(left: Int)
        case complete
    }

    /// Bytes of a head, of a chunk's size line, and of all trailers.
    static let headBytesMax = 32 * 1024

    private(set) var head: ResponseHead?
    private var phase = Phase.statusLine
    private var line: [UInt8] = []
    private var headBytes = 0
    private var current = ResponseHead(status: 0)

    var isComplete: Bool { phase == .complete }

    /// Takes more bytes and appends those of the body. Bytes behind the end of the response are an error.
    mutating func read(_ bytes: some Collection<UInt8>, into body: inout [UInt8]) throws(SessionError) {
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            switch phase {
            case .body(let left):
                let rest = take(left, &rest, &body)
                phase = rest > 0 ? .body(left: rest) : .complete
            case .chunk(let left):
                let rest = take(left, &rest, &body)
                phase = rest > 0 ? .chunk(left: rest) : .chunkEnd
            case .untilClose:
                body += rest
                rest = []
            case .complete:
                throw .garbled("bytes behind the end of the answer")
            case .statusLine, .headers, .chunkSize, .chunkEnd, .trailers:
                if try takeLine(&rest) {
                    let text = String(decoding: line, as: UTF8.self)
                    line.removeAll(keepingCapacity: true)
                    try finishLine(text)
                }
            }
        }
    }

    /// The connection has ended: fine where the body lasts until then, or all has come.
    mutating func end() throws(SessionError) {
        switch phase {
        case .untilClose, .complete:
            phase = .complete
        case .statusLine where headBytes == 0:
            throw SessionError(.cut, "the daemon hung up without an answer", remedy: "try again")
        case .statusLine, .headers, .body, .chunk, .chunkSize, .chunkEnd, .trailers:
            throw SessionError(.cut, "the daemon's answer was cut off", remedy: "try again")
        }
    }

    /// Moves up to so many bytes to the body; returns how many are still to come.
    private func take(_ wanted: Int, _ rest: inout ArraySlice<UInt8>, _ body: inout [UInt8]) -> Int {
        let piece = rest.prefix(wanted)
        body += piece
        rest = rest.dropFirst(piece.count)
        return wanted - piece.count
    }

    /// Collects a line, without its CRLF; true where it is whole.
    private mutating func takeLine(_ rest: inout ArraySlice<UInt8>) throws(SessionError) -> Bool {
        let end = rest.firstIndex(of: UInt8(ascii: "\n"))
        let piece = rest[..<(end ?? rest.endIndex)]
        headBytes += piece.count + 1
        guard headBytes <= ResponseReader.headBytesMax else { throw .garbled("a head without end") }
        line += piece
        guard let end else {
            rest = []
            return false
        }
        rest = rest[(end + 1)...]
        guard line.last == UInt8(ascii: "\r") else { throw .garbled("a line that does not end in CRLF") }
        line.removeLast()
        return true
    }

    private mutating func finishLine(_ text: String) throws(SessionError) {
        switch phase {
        case .statusLine:
            let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3,
                let status = Int(parts[1]), (100...599).contains(status)
            else {
                throw .garbled("no status line of HTTP/1.1")
            }
            current = ResponseHead(status: status)
            phase = .headers
        case .headers where text.isEmpty:
            try finishHead()
        case .headers:
            guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.startIndex else {
                throw .garbled("a header without a colon")
            }
            current.headers[text[..<colon].lowercased()] = ResponseReader.trimmed(text[text.index(after: colon)...])
        case .chunkSize:
            let digits = ResponseReader.trimmed(text.prefix { $0 != ";" })
            guard !digits.isEmpty, digits.utf8.count <= 8, let size = Int(digits, radix: 16), size >= 0 else {
                throw .garbled("a chunk without a size")
            }
            headBytes = 0
            phase = size > 0 ? .chunk(left: size) : .trailers
        case .chunkEnd:
            guard text.isEmpty else { throw .garbled("a chunk that is longer than its size") }
            phase = .chunkSize
        case .trailers:
            if text.isEmpty { phase = .complete }
        case .body, .chunk, .untilClose, .complete:
            preconditionFailure("illegal: a line in \(phase)")
        }
    }

    private mutating func finishHead() throws(SessionError) {
        headBytes = 0
        if (100..<200).contains(current.status) {
            phase = .statusLine
            return
        }
        head = current
        let length = current.headers["content-length"]
        if let coding = current.headers["transfer-encoding"] {
            guard coding.lowercased() == "chunked", length == nil else { throw .garbled("an unknown framing") }
            phase = .chunkSize
        } else if current.status == 204 || current.status == 304 {
            phase = .complete
        } else if let length {
            guard length.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let count = Int(length) else {
                throw .garbled("a wrong Content-Length")
            }
            phase = count > 0 ? .body(left: count) : .complete
        } else {
            phase = .untilClose
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(start[...last])
    }
}

extension SessionError {
    static func garbled(_ what: String) -> SessionError {
        SessionError(.incompatible, "what answers at the socket is no daemon of Pool: \(what)")
    }
}
