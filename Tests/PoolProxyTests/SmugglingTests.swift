import Glibc
import PoolModel
import PoolProxy
import Synchronization
import Testing

/// What two parsers could read two ways is refused, and reaches nobody.
@Suite struct SmugglingTests {
    /// Each is followed by what a smuggler would want the worker to see.
    static let requests: [String] = [
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5, 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length : 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\nHost: t\n\n",
        "GET / HTTP/1.1\r\nHost: t\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: t\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: t\r\nX: a\u{0}b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: t, u\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: t\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: t\r\n: v\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: t\r\nX\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
    ]

    @Test func ambiguousRequestsAreRefusedAndReachNobody() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory)
        for request in SmugglingTests.requests {
            let client = try proxy.connect()
            try client.send(request + "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
            let answer = try client.readAnswer()
            #expect((400...505).contains(answer.status), "\(request.debugDescription)")
            #expect(answer.error?.hasPrefix("malformed; fault=") == true, "\(request.debugDescription)")
            #expect(answer.field("connection") == "close", "\(request.debugDescription)")
            #expect(client.isEnded(), "\(request.debugDescription)")
        }
        #expect(worker.connections == 0)
        #expect(worker.received == "")
        #expect(proxy.total(.refused) == UInt64(SmugglingTests.requests.count))
    }

    @Test func aBadChunkAfterAGoodOneCutsTheRequest() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.nextHead()
            #expect(throws: (any Error).self) { try connection.socket.readChunks() }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        #expect(proxy.until { worker.requests == 1 })
        try client.send("zz\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == 400)
        #expect(answer.error == "malformed; fault=chunk-size")
        #expect(client.isEnded())
        #expect(!worker.received.contains("smuggled"))
    }

    static let answers: [(String, String)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "two-lengths"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "content-length-repeated"),
        ("HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", "bare-lf"),
        ("HTTP/2 200 OK\r\n\r\n", "status-line"),
        ("HTTP/1.1 20 OK\r\n\r\n", "status"),
        ("hello there, this is not HTTP\r\n\r\n", "status-line"),
        ("HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "space-before-colon"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgrade-not-asked"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "chunk-size"),
    ]

    @Test func aMalformedAnswerIsA502ThatSaysWhy() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                guard let index = Int(request.target.dropFirst()) else { return }
                try connection.socket.send(SmugglingTests.answers[index].0)
            }
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.balance.ejection.consecutiveFailures = 0 }
        let client = try proxy.connect()
        for (index, (_, fault)) in SmugglingTests.answers.enumerated() {
            try client.send("GET /\(index) HTTP/1.1\r\nHost: t\r\n\r\n")
            let answer = try client.readAnswer()
            #expect(answer.status == 502)
            #expect(answer.error == "bad-answer; fault=\(fault); phase=header; worker=test_1")
        }
        #expect(worker.connections == SmugglingTests.answers.count)
    }

    static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

    @Test func bytesBehindAnAnswerAreNobodys() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while try connection.next() != nil {
                try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + SmugglingTests.poison)
            }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        for _ in 0..<20 {
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readAnswer().text == "ok")
        }
        #expect(worker.connections == 20)
    }

    @Test func anIdleConnectionThatSpeaksIsClosed() throws {
        let directory = try TestDirectory()
        let closed = Atomic<Int>(0)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            guard let request = try connection.next() else { return }
            try connection.answer(request, body: "ok")
            // Only bounds how often it looks; the wait has a deadline.
            usleep(20_000)
            try connection.socket.send(SmugglingTests.poison)
            if try connection.next() == nil { closed.wrappingAdd(1, ordering: .releasing) }
        }
        let proxy = try TestProxy([worker], directory: directory)
        for number in 1...3 {
            #expect(try proxy.get().text == "ok")
            #expect(proxy.until { closed.load(ordering: .acquiring) == number })
        }
    }
}
