@testable import PoolHTTP
import Testing

@Suite struct AccessLogTests {
    private static let request =
        "GET /a/b?q=1 HTTP/1.1\r\nHost: h.example\r\nReferer: http://r/\r\nUser-Agent: curl \"8\"\r\nX-Evil: a\u{9b}[31m\\\r\n\r\n"
    private static let response = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n"

    /// One line for the request and response above.
    private func line(_ format: String, capacity: Int = AccessLog.captureBytesMax, answered: Bool = true) throws
        -> String
    {
        let log = AccessLog(try AccessFormat(format))
        let request = ParsedRequest(Self.request)
        let response = ParsedResponse(Self.response)
        var taken = [UInt8](repeating: 0, count: max(1, capacity))
        var takenOfResponse = taken
        let count = taken.withUnsafeMutableBufferPointer { out in
            out.baseAddress.map {
                log.capture(
                    request.head,
                    request.raw,
                    fields: request.parser.fields,
                    RequestPlan.Context(peer: UnsafeBufferPointer(start: nil, count: 0)),
                    to: $0,
                    capacity
                )
            } ?? 0
        }
        let responseCount = takenOfResponse.withUnsafeMutableBufferPointer { out in
            out.baseAddress.map {
                log.capture(response.head, response.raw, fields: response.parser.fields, to: $0, capacity)
            } ?? 0
        }
        #expect(count <= capacity && responseCount <= capacity)
        return write(log, Array(taken[..<count]), Array(takenOfResponse[..<responseCount]), answered: answered)
    }

    private func write(_ log: AccessLog, _ request: [UInt8], _ response: [UInt8], answered: Bool) -> String {
        let peer = Array("192.0.2.7".utf8)
        let worker = Array("example_3".utf8)
        let pool = Array("example".utf8)
        var record = AccessRecord()
        record.startedAt = 971_186_136_123_456
        record.pid = 42
        if answered {
            record.status = 200
            record.bodyBytes = 3
            record.firstByteTime = 900_000
            record.attempts = 2
        } else {
            record.termination = Termination(.worker, .header)
        }
        record.bytesIn = 100
        record.bytesOut = 200
        record.totalTime = 1_012_345_678
        return peer.withUnsafeBufferPointer { peer in
            worker.withUnsafeBufferPointer { worker in
                pool.withUnsafeBufferPointer { pool in
                    record.peer = peer
                    record.worker = worker
                    record.pool = pool
                    return request.withUnsafeBufferPointer { request in
                        response.withUnsafeBufferPointer { response in
                            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: log.lineBytesMax) { out in
                                guard let base = out.baseAddress else { return "" }
                                let count = log.write(record, request: request, response: response, to: base)
                                #expect(count <= log.lineBytesMax)
                                return String(decoding: out[..<count], as: UTF8.self)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func namedFormats() throws {
        let date = "[10/Oct/2000:13:55:36 +0000]"
        let line = "\"GET /a/b?q=1 HTTP/1.1\" 200 3"
        let agent = "\"http://r/\" \"curl \\\"8\\\"\""
        #expect(try self.line("aiohttp") == "192.0.2.7 \(date) \"GET /a/b?q=1 HTTP/1.1\" 200 200 \(agent)\n")
        #expect(try self.line("gunicorn") == "192.0.2.7 - - \(date) \(line) \(agent)\n")
        #expect(try self.line("common") == "192.0.2.7 - - \(date) \(line)\n")
        #expect(try self.line("combined") == "192.0.2.7 - - \(date) \(line) \(agent)\n")
        #expect(
            try self.line("json")
                == "{\"time\":\"2000-10-10T13:55:36.123Z\",\"client\":\"192.0.2.7\",\"method\":\"GET\",\"target\":\"/a/b?q=1\","
                + "\"version\":\"HTTP/1.1\",\"host\":\"h.example\",\"status\":200,\"bytes\":3,\"referer\":\"http://r/\","
                + "\"userAgent\":\"curl \\\"8\\\"\",\"requestId\":\"00000000000000000000000000000000\",\"pool\":\"example\","
                + "\"worker\":\"example_3\",\"attempts\":2,\"queueMs\":null,\"connectMs\":null,\"firstByteMs\":0.900,"
                + "\"totalMs\":1012.345,\"bytesIn\":100,\"bytesOut\":200,\"termination\":\"--\"}\n"
        )
    }

    @Test(arguments: [
        ("%%|%a|%P|%s|%b", "%|192.0.2.7|<42>|200|200"), ("%T %Tf %D", "1 1.012345 1012345"),
        ("%{x-evil}i", "a\\xc2\\x9b[31m\\\\"), ("%{Content-Type}o %{None}o %{None}i", "text/html - -"),
        ("%(h)s%(l)s%(u)s %(p)s %%", "192.0.2.7-- <42> %"), ("%(m)s %(U)s %(q)s %(H)s", "GET /a/b q=1 HTTP/1.1"),
        ("%(B)s %(b)s %(T)s %(D)s %(M)s %(L)s", "3 3 1 1012345 1012 1.012345"),
        ("%({host}i)s %({content-type}o)s %({PATH}e)s", "h.example text/html -"),
        (
            "%{pool}x/%{worker}x %{attempts}x %{queue}x %{first-byte}x %{total}x %{termination}x",
            "example/example_3 2 - 0.900 1012.345 --"
        ),
        ("%({bytes-in}x)s %({bytes-out}x)s %{Request-ID}x", "100 200 00000000000000000000000000000000"),
    ])
    func specifiers(_ format: String, _ expected: String) throws {
        #expect(try line(format) == expected + "\n")
    }

    @Test(arguments: [
        ("%", 0, "%"), ("a %z", 2, "%z"), ("%{x", 0, "%{"), ("%{}i", 0, "%{"), ("%{x}q", 0, "%{x}q"),
        ("%(z)s", 0, "%(z"),
        ("%(h)", 0, "%(h)"), ("%(h", 0, "%(h"), ("%{nothing}x", 0, "%{nothing}x"),
    ])
    func refuses(_ format: String, _ offset: Int, _ specifier: String) {
        #expect(throws: AccessFormat.Issue(offset: offset, specifier: specifier)) { _ = try AccessFormat(format) }
    }

    /// The name before the colon, as gunicorn shows it; the password never.
    @Test(arguments: [
        ("Basic YWRhOnNlY3JldA==", "ada"), ("basic YWRhOg==", "ada"), ("Basic YToxMjM6NDU=", "a"),
        ("Basic OnNlY3JldA==", "-"), ("Basic YWRh", "-"), ("Basic broken", "-"), ("Basic ", "-"), ("Basic", "-"),
        ("Bearer YWRhOnNlY3JldA==", "-"), ("Basic YWRh*nNlY3JldA==", "-"), ("Basic Gyc6eA==", "\\x1b'"),
    ])
    func users(_ value: String, _ expected: String) throws {
        let log = AccessLog(try AccessFormat("%(u)s"))
        let request = ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: \(value)\r\n\r\n")
        var out = [UInt8](repeating: 0, count: AccessLog.captureBytesMax)
        let count = out.withUnsafeMutableBufferPointer { out in
            out.baseAddress.map {
                log.capture(
                    request.head,
                    request.raw,
                    fields: request.parser.fields,
                    RequestPlan.Context(peer: UnsafeBufferPointer(start: nil, count: 0)),
                    to: $0,
                    out.count
                )
            } ?? 0
        }
        #expect(write(log, Array(out[..<count]), [], answered: true) == expected + "\n")
    }

    @Test func namesAreCut() throws {
        let value = Array(("Basic " + String(repeating: "YWFh", count: 400)).utf8)
        var out = [UInt8](repeating: 0, count: BasicUser.bytesMax)
        let count = value.withUnsafeBufferPointer { value in
            out.withUnsafeMutableBufferPointer { BasicUser.decode(value, to: $0) }
        }
        #expect(count == BasicUser.bytesMax)
    }

    /// An answer without a body has none of its bytes; where there was no answer there is nothing to count.
    @Test func bytesOfNoBody() throws {
        let log = AccessLog(try AccessFormat("%(b)s"))
        #expect(write(log, [], [], answered: false) == "-\n")
    }

    @Test func noAnswerAndNoHead() throws {
        #expect(try line("%s %{termination}x %{first-byte}x", answered: false) == "- SH -\n")
        let log = AccessLog(try AccessFormat("%r|%{Referer}i|%{X}o"))
        #expect(write(log, [], [], answered: false) == "-|-|-\n")
    }

    @Test func refusedRequestsShowTheirFirstLine() throws {
        let log = AccessLog(try AccessFormat("%r|%{Referer}i"))
        let raw = Array("\r\nGET /\u{1b}\"\nX".utf8)
        var out = [UInt8](repeating: 0, count: 200)
        let count = raw.withUnsafeBufferPointer { raw in
            out.withUnsafeMutableBufferPointer { out in
                guard let from = raw.baseAddress, let base = out.baseAddress else { return 0 }
                return log.capture(refused: from, raw.count, to: base, 200)
            }
        }
        #expect(write(log, Array(out[..<count]), [], answered: false) == "GET /\\x1b\\\"|-\n")
    }

    /// However little room there is, nothing is written beyond it and the line stays in order.
    @Test func everyCapacity() throws {
        for capacity in 0..<120 {
            let line = try line("%{Referer}i|%{User-Agent}i|%{X-Evil}i|%{content-type}o", capacity: capacity)
            #expect(line.split(separator: "|", omittingEmptySubsequences: false).count == 4)
        }
    }

    /// No byte of a stranger can end the line, leave the quotes or reach a terminal.
    @Test func everyByteIsHarmless() throws {
        for format in ["%{X}i", "json"] {
            let log = AccessLog(try AccessFormat(format))
            for byte in UInt8.min...UInt8.max where byte >= 32 && byte != 127 || byte == 9 {
                let head =
                    Array("GET / HTTP/1.1\r\nHost: a\r\nX: 1234<".utf8) + [byte]
                    + Array(">1234567890\r\nReferer: ".utf8) + [
                        byte, 65,
                    ]
                let request = ParsedRequest(head + Array("\r\n\r\n".utf8))
                var out = [UInt8](repeating: 0, count: AccessLog.captureBytesMax)
                let count = out.withUnsafeMutableBufferPointer { out in
                    out.baseAddress.map {
                        log.capture(
                            request.head,
                            request.raw,
                            fields: request.parser.fields,
                            RequestPlan.Context(peer: UnsafeBufferPointer(start: nil, count: 0)),
                            to: $0,
                            out.count
                        )
                    } ?? 0
                }
                let line = Array(write(log, Array(out[..<count]), [], answered: false).utf8)
                #expect(line.dropLast().allSatisfy { $0 >= 32 && $0 < 127 })
                if format != "json", byte == UInt8(ascii: "\"") { #expect(line.contains(UInt8(ascii: "\\"))) }
            }
        }
    }
}
