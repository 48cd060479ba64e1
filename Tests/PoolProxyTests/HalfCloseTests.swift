import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Synchronization
import Testing

/// A client that closed its side right behind its request: it waits for its answer, or it is gone. TCP says the same.
@Suite struct HalfCloseTests {
    private static let request = "GET / HTTP/1.1\r\nHost: t\r\n\r\n"

    /// The worker answers only when the client says that it was sounded.
    @Test func oneThatWaitsIsSoundedAndGetsItsAnswer() throws {
        let directory = try TestDirectory()
        let mayAnswer = Atomic<Bool>(false)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            guard let request = try connection.next() else { return }
            // Only bounds how often it looks; the client has a deadline.
            while !mayAnswer.load(ordering: .acquiring) { usleep(1000) }
            try connection.answer(request, body: "late")
        }
        defer { mayAnswer.store(true, ordering: .releasing) }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send(HalfCloseTests.request)
        client.shutdownWriting()
        #expect(try client.readHead() == "HTTP/1.1 100 Continue\r\n\r\n")
        mayAnswer.store(true, ordering: .releasing)
        #expect(try client.readAnswer().text == "late")
        #expect(client.isEnded())
        #expect(proxy.total(.clientAborts, slot: 0) == 0)
    }

    /// It closes in the ordinary way, without a reset, at once: the worker's work is cancelled all the same.
    @Test func oneThatIsGoneCancelsTheWorkersWork() throws {
        let directory = try TestDirectory()
        let isCancelled = Atomic<Bool>(false)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            isCancelled.store(connection.socket.isEnded(), ordering: .releasing)
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send(HalfCloseTests.request)
        client.close()
        #expect(proxy.until { isCancelled.load(ordering: .acquiring) })
        #expect(proxy.until { proxy.total(.clientAborts, slot: 0) == 1 && proxy.total(.clientConnections) == 0 })
    }

    /// Nobody may send an HTTP/1.0 client what it does not know: it is taken to wait.
    @Test func oneOfHTTP10IsNotSounded() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            guard let request = try connection.next() else { return }
            // Longer than the time after which others are sounded.
            usleep(300_000)
            try connection.answer(request, body: "late")
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.0\r\nHost: t\r\n\r\n")
        client.shutdownWriting()
        #expect(try client.readAnswer().text == "late")
    }

    /// A place in the queue is nothing for somebody who has left.
    @Test func oneThatIsGoneLeavesTheQueue() throws {
        let directory = try TestDirectory()
        let mayAnswer = Atomic<Bool>(false)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            guard let request = try connection.next() else { return }
            // Only bounds how often it looks; the test has a deadline.
            while !mayAnswer.load(ordering: .acquiring) { usleep(1000) }
            try connection.answer(request, body: "first")
        }
        defer { mayAnswer.store(true, ordering: .releasing) }
        let proxy = try TestProxy([worker], directory: directory) { $0.balance.inFlightMax = 1 }
        let first = try proxy.connect()
        try first.send(HalfCloseTests.request)
        #expect(proxy.until { worker.requests == 1 })
        let second = try proxy.connect()
        try second.send(HalfCloseTests.request)
        #expect(proxy.until { proxy.total(.queued) == 1 })
        second.close()
        #expect(proxy.until { proxy.total(.queued) == 0 })
        mayAnswer.store(true, ordering: .releasing)
        #expect(try first.readAnswer().text == "first")
        #expect(worker.requests == 1)
    }
}
