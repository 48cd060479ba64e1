import PoolModel
import PoolOS
import PoolProxy
import Testing

/// Requests and answers through real sockets.
@Suite struct ExchangeTests {
    @Test func answersComeThrough() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory)
        let answer = try proxy.get("/path?query")
        #expect(answer.status == 200)
        #expect(answer.text == "one")
        #expect(answer.field("connection") == nil)
        #expect(worker.received.hasPrefix("GET /path?query HTTP/1.1\r\nHost: test\r\n"))
        #expect(worker.received.contains("X-Forwarded-For: 127.0.0.1\r\n"))
    }

    @Test(arguments: [1, 2]) func roundRobinIsExact(loops: Int) throws {
        let directory = try TestDirectory()
        let workers = try (1...4).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let proxy = try TestProxy(workers, loops: loops, directory: directory)
        let clients = try (0..<10).map { _ in try proxy.connect() }
        for _ in 0..<10 {
            for client in clients {
                try client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                #expect(try client.readAnswer().status == 200)
            }
        }
        #expect(workers.map(\.requests) == [25, 25, 25, 25])
        #expect(proxy.until { (0..<4).allSatisfy { proxy.total(.requests, slot: $0) == 25 } })
        #expect(proxy.total(.clientConnections) == 10)
        for loop in 0..<loops {
            #expect(proxy.segment.value(.clientConnections, lane: loop, slot: -1) == UInt64(10 / loops))
        }
    }

    @Test func weightsAreExact() throws {
        let directory = try TestDirectory()
        let workers = try (1...3).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let proxy = try TestProxy(workers, directory: directory) { routes in
            for (index, weight) in [5, 1, 2].enumerated() { routes.workers[index].weight = weight }
        }
        for _ in 0..<80 { #expect(try proxy.get().status == 200) }
        #expect(workers.map(\.requests) == [50, 10, 20])
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let directory = try TestDirectory()
        let workers = try (1...3).map { index in
            try ScriptedWorker("w\(index)", at: directory.socket("w\(index)")) { connection in
                while let request = try connection.next() {
                    try connection.answer(request, body: request.target + request.text)
                }
            }
        }
        let proxy = try TestProxy(workers, directory: directory)
        let client = try proxy.connect()
        var requests = ""
        for number in 0..<200 {
            requests +=
                number % 3 == 0
                ? "POST /\(number) HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nbody!"
                : "GET /\(number) HTTP/1.1\r\nHost: t\r\n\r\n"
        }
        try client.send(requests)
        for number in 0..<200 {
            #expect(try client.readAnswer().text == "/\(number)" + (number % 3 == 0 ? "body!" : ""))
        }
    }

    @Test func bytesOneByOneMakeARequest() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() { try connection.answer(request, body: request.text) }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        let request =
            "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"
        for byte in request.utf8 { try client.send([byte]) }
        #expect(try client.readAnswer().text == "abcde")
        #expect(worker.received.contains("Transfer-Encoding: chunked\r\n"))
    }

    @Test func bodiesStreamBothWays() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                try connection.socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for start in stride(from: 0, to: request.body.count, by: 100_000) {
                    let part = request.body[start..<min(start + 100_000, request.body.count)]
                    try connection.socket.send("\(String(part.count, radix: 16))\r\n")
                    try connection.socket.send(Array(part) + [13, 10])
                }
                try connection.socket.send("0\r\n\r\n")
            }
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.bodyBytesMax = 0 }
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let client = try proxy.connect(seconds: 30)
        for _ in 0..<2 {
            try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            #expect(try client.readAnswer().body == body)
        }
        #expect(worker.connections == 1)
    }

    @Test func headAndEmptyAnswersHaveNoBody() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                switch request.target {
                case "/204": try connection.socket.send("HTTP/1.1 204 No Content\r\n\r\n")
                case "/304": try connection.socket.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n")
                default: try connection.answer(request, body: "0123456789")
                }
            }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        for (line, status) in [("HEAD /", 200), ("GET /204", 204), ("GET /304", 304), ("HEAD /", 200), ("GET /", 200)] {
            try client.send("\(line) HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readAnswer(toHead: line.hasPrefix("HEAD")).status == status)
        }
        #expect(worker.connections == 1)
    }

    @Test func clientsOfHTTP10GetWhatTheyUnderstand() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                if request.target == "/chunked" {
                    try connection.socket.send(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3;e=1\r\ndef\r\n0\r\n\r\n"
                    )
                } else {
                    try connection.answer(request, body: "plain")
                }
            }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let kept = try client.readAnswer()
        #expect(kept.text == "plain")
        #expect(kept.field("connection") == "keep-alive")
        try client.send("GET /chunked HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.field("transfer-encoding") == nil)
        #expect(answer.text == "abcdef")
        #expect(client.isEnded())
    }

    @Test func continueIsAskedOfTheWorker() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            #expect(head.field("expect") == "100-continue")
            try connection.socket.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
            let body = try connection.socket.readExactly(4)
            try connection.answer(head, body: String(decoding: body, as: UTF8.self))
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.readHead().hasPrefix("HTTP/1.1 103 "))
        #expect(try client.readHead().hasPrefix("HTTP/1.1 100 "))
        try client.send("body")
        #expect(try client.readAnswer().text == "body")
    }

    @Test func anEarlyAnswerReachesAClientThatIsStillSending() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            try connection.answer(head, status: "403 Forbidden", body: "no")
            connection.socket.close()
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.bodyBytesMax = 0 }
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2000000\r\n\r\n")
        let part = [UInt8](repeating: 65, count: 50_000)
        for _ in 0..<20 { try client.send(part) }
        let answer = try client.readAnswer()
        #expect(answer.status == 403)
        #expect(answer.field("connection") == "close")
        #expect(client.isEnded())
    }

    @Test func aBodyOverTheLimitIsRefusedBeforeItIsRead() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { $0.front.bodyBytesMax = 1000 }
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == 413)
        #expect(answer.error == "malformed; fault=body-too-large")
        #expect(client.isEnded())
        #expect(worker.connections == 0)
    }

    @Test func whoeverMayNotBeForwardedIsAnsweredHere() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        for (method, status) in [("OPTIONS", 200), ("TRACE", 405), ("OPTIONS", 200)] {
            try client.send("\(method) / HTTP/1.1\r\nHost: t\r\nMax-Forwards: 0\r\n\r\n")
            let answer = try client.readAnswer()
            #expect(answer.status == status)
            #expect(answer.field("allow") != nil)
        }
        #expect(worker.requests == 0)
        try client.send("OPTIONS / HTTP/1.1\r\nHost: t\r\nMax-Forwards: 1\r\n\r\n")
        #expect(try client.readAnswer().status == 200)
        #expect(worker.received.contains("Max-Forwards: 0\r\n"))
    }

    @Test func answersUntilTheEndOfTheConnection() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            try connection.socket.send("HTTP/1.0 200 OK\r\n\r\nold style")
        }
        let proxy = try TestProxy([worker], directory: directory)
        let answer = try proxy.get()
        #expect(answer.text == "old style")
        #expect(answer.field("connection") == "close")
    }
}
