import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Synchronization
import Testing

/// The worker closes an idle connection just as a request is sent into it.
@Suite struct RaceTests {
    /// Closes right behind each answer, though the answer says nothing of it.
    static let closesAtOnce: ScriptedWorker.Script = { connection in
        guard let request = try connection.next() else { return }
        try connection.answer(request, body: request.text)
    }

    @Test(arguments: ["GET", "POST"], [false, true])
    func aCloseBehindTheAnswerIsNoError(method: String, isTCP: Bool) throws {
        let directory = try TestDirectory()
        let address: Address = isTCP ? .tcp(host: "127.0.0.1", port: 0) : directory.socket("one")
        let worker = try ScriptedWorker("one", at: address, script: RaceTests.closesAtOnce)
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        for number in 0..<500 {
            let body = method == "POST" ? "\(number)" : ""
            try client.send("\(method) / HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            let answer = try client.readAnswer()
            #expect(answer.status == 200)
            #expect(answer.text == body)
        }
    }

    @Test(arguments: ["GET", "POST"])
    func aCloseAtTheIdleLimitIsNoError(method: String) throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            var limit = timeval(tv_sec: 0, tv_usec: 30_000)
            setsockopt(
                connection.socket.descriptor.raw,
                SOL_SOCKET,
                SO_RCVTIMEO,
                &limit,
                socklen_t(MemoryLayout<timeval>.size)
            )
            while let request = try connection.next() { try connection.answer(request, body: "ok") }
        }
        let proxy = try TestProxy([worker], loops: 2, directory: directory)
        let failures = Atomic<Int>(0)
        let done = Atomic<Int>(0)
        let front = proxy.front
        for offset in 0..<4 {
            try Thread.start(name: "client") {
                guard let client = try? TestSocket(to: front) else { return }
                for number in 0..<40 {
                    // Around the limit, in steps of a tenth of a millisecond: that is where the race is.
                    usleep(UInt32(29_000 + (number * 4 + offset) * 15))
                    let length = method == "POST" ? "Content-Length: 1\r\n\r\nx" : "\r\n"
                    let sent: ()? = try? client.send("\(method) / HTTP/1.1\r\nHost: t\r\n\(length)")
                    if sent == nil || (try? client.readAnswer().status) != 200 {
                        failures.wrappingAdd(1, ordering: .relaxed)
                        break
                    }
                }
                done.wrappingAdd(1, ordering: .releasing)
            }
        }
        #expect(proxy.until { done.load(ordering: .acquiring) == 4 })
        #expect(failures.load(ordering: .relaxed) == 0)
    }

    /// The head has gone into a connection that the worker closes as the body comes: the replay has all of the body, and
    /// none of it is taken for the next request.
    @Test(arguments: [false, true])
    func aBodyBehindALostHeadIsNoRequest(isChunked: Bool) throws {
        let directory = try TestDirectory()
        let waiting = Atomic<Int32>(-1)
        let mayEnd = Atomic<Bool>(false)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            guard let request = try connection.next() else { return }
            try connection.answer(request, body: request.text)
            guard request.target == "/first" else { return }
            waiting.store(connection.socket.descriptor.raw, ordering: .releasing)
            // The pause only bounds how often it looks.
            while !mayEnd.load(ordering: .acquiring) { usleep(1000) }
        }
        let nothing = try FileDescriptor.open("/dev/null", O_RDONLY)
        let proxy = try TestProxy([worker], directory: directory)
        let inner = "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
        for turn in 0..<5 {
            let client = try proxy.connect()
            waiting.store(-1, ordering: .releasing)
            mayEnd.store(false, ordering: .releasing)
            try client.send("GET /first HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(inner.utf8.count + 1)"
            try client.send("POST /second HTTP/1.1\r\nHost: t\r\n\(framing)\r\n\r\n")
            #expect(
                proxy.until {
                    var unread: Int32 = 0
                    let socket = waiting.load(ordering: .acquiring)
                    return socket >= 0 && ioctl(socket, UInt(FIONREAD), &unread) == 0 && unread > 0
                }
            )
            // In two pieces within one read.
            let chunks = "1\r\n\(turn % 10)\r\n\(String(inner.utf8.count, radix: 16))\r\n\(inner)\r\n0\r\n\r\n"
            // The loop hears of the body before it hears of the worker's close, and both have happened.
            try LoopStall.during {
                try client.send(isChunked ? chunks : "\(turn % 10)\(inner)")
                #expect(dup2(nothing.raw, waiting.load(ordering: .acquiring)) >= 0)
            }
            mayEnd.store(true, ordering: .releasing)
            #expect(try client.readAnswer().text == "\(turn % 10)\(inner)")
            try client.send("GET /third HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
            #expect(proxy.until { proxy.total(.idleConnections, slot: 0) == 0 })
        }
        #expect(worker.requests == 15)
        #expect(proxy.total(.replayed, slot: 0) >= 5)
        #expect(proxy.total(.refused) == 0)
    }

    /// An announced limit is believed: the connection is closed before it, and none is ever sent into the close.
    @Test func anAnnouncedLimitIsKept() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                try connection.answer(request, body: "ok", fields: "Keep-Alive: timeout=1\r\n")
            }
        }
        let proxy = try TestProxy([worker], directory: directory)
        #expect(try proxy.get().status == 200)
        #expect(proxy.until { proxy.total(.raceAvoided, slot: 0) == 1 })
        #expect(proxy.total(.idleConnections, slot: 0) == 0)
        #expect(try proxy.get().status == 200)
        #expect(worker.connections == 2)
        #expect(proxy.total(.replayed, slot: 0) == 0)
    }
}
