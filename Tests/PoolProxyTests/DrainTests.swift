import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Testing

/// The end of a proxy process, and its successor.
@Suite struct DrainTests {
    @Test func aDrainAnswersWhatIsUnderWayAndEndsConnections() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                // Only bounds how often it looks; the wait has a deadline.
                if request.target == "/slow" { usleep(300_000) }
                try connection.answer(request, body: "done")
            }
        }
        let proxy = try TestProxy([worker], loops: 2, directory: directory)
        let busy = try proxy.connect()
        let between = try proxy.connect()
        try between.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try between.readAnswer().field("connection") == nil)
        try busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(proxy.until { worker.requests == 2 })
        proxy.server.perform(.drain(limitSeconds: 8))
        // It was about to send its next request: that is no reason to fail it.
        try between.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        let last = try between.readAnswer()
        #expect(last.status == 200)
        let answer = try busy.readAnswer()
        #expect(answer.text == "done")
        #expect(answer.field("connection") == "close")
        #expect(busy.isEnded())
        #expect(proxy.until { proxy.server.isFinished })
    }

    /// New requests all the while, from one process to the next: none fails, none is refused.
    @Test func aSuccessorTakesOverWithoutALostRequest() throws {
        let directory = try TestDirectory()
        let workers = try (1...2).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let first = try TestProxy(workers, loops: 2, directory: directory)
        let socket = try first.duplicateListener()
        let second = try ProxyServer(
            ProxyOptions(link: nil, segment: first.segment, lanes: 2..<4, stateDirectory: nil)
        )
        defer { second.stop() }
        var served = 0
        for number in 0..<300 {
            if number == 100 {
                second.perform(.routes(first.table))
                second.perform(.listen(names: [first.front.description]), descriptors: [socket])
            }
            if number == 150 { first.server.perform(.drain(limitSeconds: 4)) }
            let answer = try first.get()
            #expect(answer.status == 200)
            served += 1
        }
        #expect(first.until { first.server.isFinished })
        #expect(workers[0].requests + workers[1].requests == served)
        #expect(first.until { first.total(.requests, slot: 0) + first.total(.requests, slot: 1) == UInt64(served) })
    }
}
