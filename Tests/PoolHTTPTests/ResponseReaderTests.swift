import PoolHTTP
import Testing

@Suite struct ResponseReaderTests {
    /// All events of a response fed in pieces, bodies joined.
    private func read(_ text: String, method: HTTPMethod = .get, pieces: Int, ends: Bool = false) throws(HTTPFault)
        -> (status: Int?, body: String, isDone: Bool, canReuse: Bool)
    {
        var reader = ResponseReader(method: method)
        let bytes = Array(text.utf8)
        var events: [ResponseReader.Event] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            events += try reader.read(bytes[start..<min(start + pieces, bytes.count)])
        }
        if ends { events += try reader.finish() }
        var status: Int?
        var body: [UInt8] = []
        for event in events {
            switch event {
            case .head(let head): status = head.status
            case .body(let piece): body += piece
            case .end: break
            }
        }
        return (status, String(decoding: body, as: UTF8.self), reader.isDone, reader.canReuse)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func bodies(_ pieces: Int) throws {
        let counted = try read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", pieces: pieces)
        #expect(counted == (200, "hello", true, true))
        let chunked = try read(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
            pieces: pieces
        )
        #expect(chunked == (201, "hello", true, true))
        let untilClose = try read("HTTP/1.0 200 OK\r\n\r\nhello", pieces: pieces, ends: true)
        #expect(untilClose == (200, "hello", true, false))
        let head = try read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method: .head, pieces: pieces)
        #expect(head == (200, "", true, true))
        let excess = try read("HTTP/1.1 204 OK\r\n\r\nboo", pieces: pieces)
        #expect(excess == (204, "", true, false))
    }

    @Test func faults() {
        #expect(throws: HTTPFault.bareLineFeed) { try read("HTTP/1.1 200 OK\n", pieces: 100) }
        #expect(throws: HTTPFault.truncated) { try read("HTTP/1.1 200", pieces: 100, ends: true) }
        #expect(throws: HTTPFault.truncated) {
            try read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", pieces: 100, ends: true)
        }
        #expect(throws: HTTPFault.chunkSizeInvalid) {
            try read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz", pieces: 100)
        }
    }

    @Test func fields() throws {
        var reader = ResponseReader()
        let events = try reader.read("HTTP/1.1 200 OK\r\nA: 1\r\nb: 2\r\nContent-Length: 0\r\n\r\n".utf8)
        guard case .head(let head) = try #require(events.first) else {
            Issue.record("no head")
            return
        }
        #expect(head["a"] == "1" && head["B"] == "2" && head["c"] == nil)
        #expect(head.fields.map(\.name) == ["A", "b", "Content-Length"])
    }
}
