import PoolModel
import PoolProxy
import Testing

/// HTTP/2 on the front: streams are clients like others.
@Suite struct HTTP2Tests {
    static func proxy(
        _ directory: TestDirectory,
        _ worker: ScriptedWorker,
        _ configure: (inout PoolRoutes) -> Void = { _ in }
    ) throws -> TestProxy {
        try TestProxy([worker], directory: directory) { routes in
            routes.front.h2c = true
            configure(&routes)
        }
    }

    @Test func aStreamIsARequestOfHTTP1() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try HTTP2Tests.proxy(directory, worker) { routes in
            routes.front.accessLog = AccessLogSpec(format: "%r %s", path: directory.path + "/access.log")
        }
        let client = try HTTP2Client(proxy)
        let fields = HTTP2Client.request(
            "GET",
            "/a?b=c",
            [("cookie", "x=1"), ("te", "trailers"), ("accept", "*/*"), ("cookie", "y=2")]
        )
        try client.begin(1, fields)
        let answer = try client.answer(1)
        #expect(answer.statuses == [200] && answer.text == "one")
        let head = worker.received
        #expect(head.hasPrefix("GET /a?b=c HTTP/1.1\r\nhost: test\r\n"))
        #expect(head.contains("\r\ncookie: x=1; y=2\r\n"))
        #expect(!head.contains("te:") && !head.contains("Transfer-Encoding"))
        #expect(head.contains("X-Forwarded-For: 127.0.0.1\r\n") && head.contains("X-Forwarded-Proto: http\r\n"))
        #expect(proxy.until { proxy.total(.requests, slot: 0) == 1 })
        #expect(proxy.total(.http2Connections) == 1 && proxy.total(.streams) == 1)
        #expect(proxy.until { AccessLogTests.lines(directory.path + "/access.log") == ["GET /a?b=c HTTP/2.0 200"] })
    }

    @Test func manyStreamsAtOnceEachGetTheirOwn() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() { try connection.answer(request, body: request.target) }
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        let streams = (0..<100).map { $0 * 2 + 1 }
        for stream in streams { try client.begin(stream, HTTP2Client.request("GET", "/\(stream)")) }
        let answers = try client.answers(streams)
        for stream in streams { #expect(answers[stream]?.text == "/\(stream)") }
        #expect(proxy.total(.requests, slot: 0) == 100)
    }

    @Test func bodiesGoInChunksOrByLengthAndTrailersFollow() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                try connection.socket.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
                try connection.socket.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: grpc-status\r\n\r\n"
                )
                let size = String(request.body.count, radix: 16)
                try connection.socket.send("\(size)\r\n\(request.text)\r\n0\r\ngrpc-status: 0\r\n\r\n")
            }
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        try client.begin(1, HTTP2Client.request("POST"), isLast: false)
        try client.send(0, 0, 1, Array("hello ".utf8))
        try client.send(0, 0, 1, Array("world".utf8))
        try client.send(1, 5, 1, HTTP2Client.block([("x-checksum", "42")]))
        let answer = try client.answer(1)
        #expect(answer.statuses == [103, 200] && answer.text == "hello world" && answer.hasTrailers)
        #expect(worker.received.contains("Transfer-Encoding: chunked\r\n"))

        try client.begin(3, HTTP2Client.request("POST", "/", [("content-length", "5")]), isLast: false)
        try client.send(0, 1, 3, Array("12345".utf8))
        #expect(try client.answer(3).text == "12345")
        #expect(worker.received.contains("content-length: 5\r\n"))
    }

    /// A client that takes nothing stops its worker after what is held for one stream, and the others go on.
    @Test func windowsHoldTheWorkerBack() throws {
        let directory = try TestDirectory()
        let sent = Sum()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                guard request.target == "/large" else {
                    try connection.answer(request, body: "small")
                    continue
                }
                let part = [UInt8](repeating: 7, count: 100_000)
                try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n")
                for _ in 0..<80 {
                    try connection.socket.send(part)
                    sent.add(part.count)
                }
            }
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy, settings: [(4, 1000)])
        try client.begin(1, HTTP2Client.request("GET", "/large"))
        try client.begin(3)
        let answers = try client.answers([3])
        #expect(answers[3]?.text == "small")
        #expect(proxy.total(.bufferBytes) < 1 << 20 && sent.value < 2_000_000)
        // The window of the stream opens: all of it comes.
        try client.send(8, 0, 1, HTTP2Client.number(1 << 30, 4))
        let rest = try client.answer(1).body.count + (answers[1]?.body.count ?? 0)
        #expect(rest == 8_000_000)
    }

    /// What the worker does not read is not asked of the client.
    @Test func theWorkersPaceIsTheClients() throws {
        let directory = try TestDirectory()
        let gate = Promise()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            _ = gate.wait()
            let body = try connection.socket.readExactly(4_000_000)
            try connection.answer(head, body: "\(body.count)")
        }
        let proxy = try HTTP2Tests.proxy(directory, worker) { $0.front.bodyBytesMax = 0 }
        let client = try HTTP2Client(proxy)
        try client.begin(1, HTTP2Client.request("POST", "/", [("content-length", "4000000")]), isLast: false)
        var window = 65_535
        var connection = 65_535
        var left = 4_000_000
        var granted = 0
        // All that may be sent is sent; then the proxy holds its window, its buffers and the sockets hold the rest.
        func pump(until isEnough: () -> Bool) throws {
            while left > 0 && !isEnough() {
                let count = min(left, 16_384, window, connection)
                if count > 0 {
                    left -= count
                    window -= count
                    connection -= count
                    try client.send(0, left == 0 ? 1 : 0, 1, [UInt8](repeating: 1, count: count))
                    continue
                }
                let frame = try client.next()
                if frame.type == 4 && frame.flags & 1 == 0 { window += (32 << 10) - 65_535 }
                guard frame.type == 8 else { continue }
                let more = frame.payload.reduce(0) { $0 << 8 | Int($1) }
                if frame.stream == 0 { connection += more } else { window += more }
                granted += more
            }
        }
        try pump { 4_000_000 - left > 300_000 }
        #expect(proxy.total(.bufferBytes) < 2 << 20)
        gate.fulfil("go")
        try pump { false }
        #expect(try client.answer(1).text == "4000000")
    }

    @Test func theSameLimitsHold() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try HTTP2Tests.proxy(directory, worker) { $0.front.bodyBytesMax = 1000 }
        let client = try HTTP2Client(proxy)
        func status(_ stream: Int, _ fields: [(String, String)], body: Int? = nil) throws -> Int? {
            try client.begin(stream, fields, isLast: body == nil)
            if let body { try client.send(0, 1, stream, [UInt8](repeating: 65, count: body)) }
            return try client.answer(stream).status
        }
        #expect(try status(1, HTTP2Client.request("POST"), body: 2000) == 413)
        #expect(try status(3, HTTP2Client.request("GET", "/" + String(repeating: "a", count: 17_000))) == 414)
        #expect(try status(5, HTTP2Client.request("GET", "/", [("x", String(repeating: "a", count: 33_000))])) == 431)
        #expect(try status(7, HTTP2Client.request("GET", "/", [("host", "other")])) == 400)
        #expect(try status(9, HTTP2Client.request("GET", "/", [("host", "test")])) == 200)
        #expect(try status(11, [(":method", "CONNECT"), (":authority", "test:80")]) == 501)
        #expect(try status(13, HTTP2Client.request("GET", "/", [("expect", "magic")])) == 417)
        #expect(try status(15, HTTP2Client.request("OPTIONS", "*")) == 200)
        // The connection has lived through all of it.
        #expect(try status(17, HTTP2Client.request("HEAD")) == 200)
        #expect(proxy.total(.requests) + proxy.total(.requests, slot: 0) == 9)
    }

    /// RFC 9113, 8.2.2 and 8.1.1: such a request is malformed, its stream is reset, and others go on.
    @Test(arguments: [
        [("connection", "close")], [("transfer-encoding", "chunked")], [("upgrade", "websocket")], [("te", "gzip")],
        [("X-Upper", "1")], [("a", "b\r\nEvil: 1")], [("a\r\nEvil", "1")], [(":path", "/two")], [("keep-alive", "1")],
    ])
    func malformedRequestsReachNobody(fields: [(String, String)]) throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        try client.begin(1, HTTP2Client.request("GET", "/bad", fields))
        #expect(try client.answer(1).resetCode == 1)
        try client.begin(3, HTTP2Client.request("GET", "/good"))
        #expect(try client.answer(3).status == 200)
        #expect(worker.requests == 1 && !worker.received.contains("vil: 1"))
    }

    @Test func aResetEndsTheWorkersWork() throws {
        let directory = try TestDirectory()
        let ended = Promise()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.nextHead()
            ended.fulfil(connection.socket.isEnded() ? "ended" : "open")
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        try client.begin(1)
        #expect(proxy.until { worker.requests == 1 })
        try client.send(3, 0, 1, HTTP2Client.number(8, 4))
        #expect(ended.wait() == "ended")
        #expect(proxy.until { proxy.total(.clientAborts, slot: 0) == 1 && proxy.total(.inFlight, slot: 0) == 0 })
        #expect(proxy.total(.streamResets) == 1)
    }

    @Test func aCutAnswerIsAResetAndAWholeOneBeforeTheBodyIsNot() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            if head.method == "GET" {
                try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            } else {
                try connection.answer(head, status: "403 Forbidden", body: "no")
            }
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        try client.begin(1)
        let cut = try client.answer(1)
        #expect(cut.status == 200 && cut.text == "half" && cut.resetCode == 2)
        try client.begin(3, HTTP2Client.request("POST"), isLast: false)
        let early = try client.answer(3)
        #expect(early.status == 403 && early.text == "no" && early.resetCode == nil)
    }

    @Test func versionsAreToldApart() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try HTTP2Tests.proxy(directory, worker)
        #expect(try proxy.get("/").status == 200)
        #expect(try proxy.get("/", method: "PRI").status == 200)
        let slow = try proxy.connect()
        for byte in HTTP2Client.preface + HTTP2Client.frame(4, 0, 0) { try slow.send([byte]) }
        #expect(try slow.readExactly(9)[3] == 4)
        try proxy.publish { $0.front.h2c = false }
        let client = try proxy.connect()
        try client.send(HTTP2Client.preface)
        #expect(try client.readAnswer().status == 505)
    }

    @Test func aDrainLetsStreamsEnd() throws {
        let directory = try TestDirectory()
        let gate = Promise()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            _ = gate.wait()
            try connection.answer(head, body: "late")
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        try client.begin(1)
        #expect(proxy.until { worker.requests == 1 })
        proxy.server.perform(.drain(limitSeconds: 20))
        let notice = try client.goAway()
        #expect(notice.code == 0 && notice.last == Int(Int32.max))
        let last = try client.goAway()
        #expect(last.code == 0 && last.last == 1)
        gate.fulfil("go")
        #expect(try client.answer(1).text == "late")
        #expect(client.socket.isEnded())
    }
}
