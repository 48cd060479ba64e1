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
