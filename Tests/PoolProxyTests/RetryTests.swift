import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Synchronization
import Testing

/// When a request may go to another worker, and when it must not.
@Suite struct RetryTests {
    /// A worker that reads requests and says nothing.
    private static let silent: ScriptedWorker.Script = { connection in
        while try connection.next() != nil {}
    }

    @Test func anInterimAnswerIsAnAnswerThatHasBegun() throws {
        let directory = try TestDirectory()
        let workers = try (1...2).map {
            try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) { connection in
                _ = try connection.next()
                try connection.socket.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            }
        }
        let proxy = try TestProxy(workers, directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readHead().hasPrefix("HTTP/1.1 103 "))
        let answer = try client.readAnswer()
        #expect(answer.status == 502)
        #expect(answer.error?.hasPrefix("worker-closed; phase=header") == true)
        #expect(workers[0].requests + workers[1].requests == 1, "nobody else is asked")
        #expect(proxy.total(.retries, slot: 0) + proxy.total(.retries, slot: 1) == 0)
    }

    @Test func aLateFirstByteSendsAnIdempotentRequestToAnother() throws {
        let directory = try TestDirectory()
        let stuck = try ScriptedWorker("stuck", at: directory.socket("stuck"), script: Self.silent)
        let good = try ScriptedWorker("good", at: directory.socket("good"))
        let proxy = try TestProxy([stuck, good], directory: directory) {
            $0.front.timeouts.firstByte = .milliseconds(150)
        }
        #expect(try proxy.get().text == "good")
        #expect(proxy.until { proxy.total(.timeouts, slot: 0) == 1 && proxy.total(.retries, slot: 0) == 1 })
        _ = try proxy.get()
        // The stuck one's turn again, with a request that may not be repeated.
        let answer = try proxy.get(method: "POST", body: "x")
        let other = try proxy.get(method: "POST", body: "x")
        #expect([answer.status, other.status].sorted() == [200, 504])
        #expect((answer.status == 504 ? answer : other).error == "timeout; phase=first-byte")
    }

    @Test func aClientDoesNotWaitForEachWorkerInTurn() throws {
        let directory = try TestDirectory()
        let workers = try (1...4).map {
            try ScriptedWorker("w\($0)", at: directory.socket("w\($0)"), script: Self.silent)
        }
        let proxy = try TestProxy(workers, directory: directory) {
            $0.front.timeouts.firstByte = .milliseconds(100)
        }
        #expect(try proxy.get().status == 504)
        #expect(workers.reduce(0) { $0 + $1.requests } == 2)
    }

    @Test func aLateFirstByteOfTheOnlyWorkerIs504() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"), script: Self.silent)
        let proxy = try TestProxy([worker], directory: directory) { $0.front.timeouts.firstByte = .milliseconds(100) }
        #expect(try proxy.get().status == 504)
        #expect(worker.requests == 1)
    }

    /// A worker out of step says something between two requests: that is never the answer to the second one.
    @Test func bytesThatNobodyAskedForAreNobodysAnswer() throws {
        let directory = try TestDirectory()
        let strays = Atomic<Int>(0)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                try connection.answer(request, body: request.target)
                try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray")
                strays.wrappingAdd(1, ordering: .relaxed)
            }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        for number in 1...200 {
            try client.send("GET /\(number) HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readAnswer().text == "/\(number)")
            #expect(proxy.until { strays.load(ordering: .relaxed) == number })
        }
        #expect(worker.connections == 200, "such a connection is not used again")
    }
}
