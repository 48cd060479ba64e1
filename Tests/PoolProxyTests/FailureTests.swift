import Glibc
import PoolModel
import PoolOS
@testable import PoolProxy
import Synchronization
import Testing

/// Workers that die, refuse, stall and come back.
@Suite struct FailureTests {
    @Test func aWorkerThatIsGoneLeavesTheRotation() throws {
        let directory = try TestDirectory()
        let workers = try (1...3).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let proxy = try TestProxy(workers, directory: directory)
        workers[1].kill()
        for _ in 0..<30 { #expect(try proxy.get().status == 200) }
        #expect(workers[0].requests + workers[2].requests == 30)
        try proxy.wait(for: .connectFailed(worker: WorkerID(pool: "test", number: 2), life: 1, errno: ENOENT))
        #expect(proxy.total(.connectFailures, slot: 1) == 1)
    }

    @Test func nobodyRoutableIs503WithAReason() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], isRoutable: false, directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\nAccept: application/json\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == 503)
        #expect(answer.error == "no-worker")
        #expect(answer.field("content-type") == "application/problem+json")
        #expect(answer.field("retry-after") == "1")
        #expect(proxy.total(.unavailable) == 1)
        // The connection lives on, and so does the pool.
        try proxy.publish { $0.workers[0].isRoutable = true }
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readAnswer().status == 200)
    }

    @Test func whenAllAreGoneTheErrnoIsSaid() throws {
        let directory = try TestDirectory()
        let workers = try (1...2).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let proxy = try TestProxy(workers, directory: directory) { $0.front.limits.queueTimeout = .milliseconds(100) }
        workers.forEach { $0.kill() }
        // Each is waited for, as long as a request may wait: here nobody says that one is coming.
        #expect(try proxy.get().error == "connect-failed; errno=\(ENOENT)")
        #expect(try proxy.get(method: "POST", body: "x").error == "connect-failed; errno=\(ENOENT)")
        // Back at the same place, without a new table.
        let back = try ScriptedWorker("back", at: directory.socket("w2"))
        #expect(try proxy.get().text == "back")
        #expect(back.requests == 1)
    }

    @Test func theOnlyWorkerIsWaitedForAsSoonAsItIsGone() throws {
        let directory = try TestDirectory()
        let dying = try ScriptedWorker("one", at: directory.socket("one")) { _ = try $0.next() }
        let proxy = try TestProxy([dying], directory: directory)
        dying.kill()
        let clients = try ["GET", "POST"].map { method in
            let client = try proxy.connect()
            try client.send("\(method) / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n")
            return client
        }
        #expect(proxy.until { proxy.total(.queued) == 2 })
        let back = try ScriptedWorker("back", at: directory.socket("one"))
        // The table that the manager owes for a worker that could not be reached.
        try proxy.publish { $0.workers[0].life = 2 }
        for client in clients { #expect(try client.readAnswer().text == "back") }
        #expect(back.requests == 2 && proxy.total(.unavailable) == 0)
    }

    /// As where one process of gunicorn's ends with a connection in hand, and its siblings take the next.
    @Test func theOnlyWorkerGetsAGetAgain() throws {
        let directory = try TestDirectory()
        let connections = Atomic<Int>(0)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let isFirst = connections.wrappingAdd(1, ordering: .relaxed).oldValue == 0
            while try connection.next() != nil {
                if isFirst { return }
                try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
            }
        }
        let proxy = try TestProxy([worker], directory: directory)
        #expect(try proxy.get().text == "one")
        #expect(proxy.total(.retries, slot: 0) == 1)
    }

    @Test(arguments: [1, 2, 8]) func aRequestThatKillsGoesToFour(workers count: Int) throws {
        let directory = try TestDirectory()
        let workers = try (0..<count).map { index in
            try ScriptedWorker("w\(index)", at: directory.socket("w\(index)")) { _ = try $0.next() }
        }
        let proxy = try TestProxy(workers, directory: directory) { $0.balance.ejection.consecutiveFailures = 0 }
        #expect(try proxy.get().status == 502)
        #expect(workers.reduce(0) { $0 + $1.requests } == 4)
    }

    @Test func requestsAreHeldWhileNobodyIsRoutable() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], isRoutable: false, directory: directory) { routes in
            routes.isHolding = true
            routes.front.limits.queueMax = 2
        }
        let held = try (0..<2).map { _ in try proxy.connect() }
        for client in held { try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n") }
        #expect(proxy.until { proxy.total(.queued) == 2 })
        #expect(try proxy.get().error == "queue-full")
        try proxy.publish { $0.workers[0].isRoutable = true }
        for client in held { #expect(try client.readAnswer().text == "one") }
        #expect(worker.received.contains("X-Request-Start: t="))
        #expect(proxy.until { proxy.total(.queued) == 0 })
    }

    @Test func waitingInVainIs503() throws {
        let directory = try TestDirectory()
        let proxy = try TestProxy([], directory: directory) { routes in
            routes.isHolding = true
            routes.front.limits.queueTimeout = .milliseconds(100)
        }
        let answer = try proxy.get()
        #expect(answer.status == 503)
        #expect(answer.error == "timeout; phase=queue")
    }

    /// A worker with one thread: at most one request at a time, in the order in which they came.
    @Test func theLimitOfRequestsInFlightHolds() throws {
        let directory = try TestDirectory()
        let most = Atomic<Int>(0)
        let present = Atomic<Int>(0)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                let now = present.wrappingAdd(1, ordering: .relaxed).newValue
                _ = most.max(now, ordering: .relaxed)
                present.wrappingSubtract(1, ordering: .relaxed)
                try connection.answer(request, body: "done")
            }
        }
        let proxy = try TestProxy([worker], loops: 2, directory: directory) { $0.balance.inFlightMax = 1 }
        let clients = try (0..<20).map { _ in try proxy.connect() }
        for _ in 0..<5 {
            for client in clients { try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n") }
            for client in clients { #expect(try client.readAnswer().text == "done") }
        }
        #expect(most.load(ordering: .relaxed) == 1)
        #expect(worker.requests == 100)
    }

    /// A request that is refused after its worker was chosen gives the place back.
    @Test func aRefusedRequestKeepsNoPlace() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { $0.balance.inFlightMax = 1 }
        for _ in 0..<3 {
            let client = try proxy.connect()
            try client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nX\r\n")
            #expect(try client.readAnswer().status == 400)
        }
        #expect(try proxy.get().status == 200)
        #expect(proxy.total(.queued) == 0)
    }

    /// Two loops and one place: whoever waits gets it, in whichever loop.
    @Test func theLoopsTakeTurnsAtAFreePlace() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], loops: 2, directory: directory) { $0.balance.inFlightMax = 1 }
        let clients = try (0..<16).map { _ in try proxy.connect() }
        for _ in 0..<30 {
            for client in clients { try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n") }
            for client in clients { #expect(try client.readAnswer().status == 200) }
        }
        #expect(proxy.total(.queued) == 0 && proxy.total(.unavailable) == 0)
    }

    /// Dies with the request in hand, on its first connection.
    @Test func aGetIsSentAgainAPostIsNot() throws {
        let directory = try TestDirectory()
        let dying = try ScriptedWorker("dying", at: directory.socket("dying")) { _ = try $0.next() }
        let healthy = try ScriptedWorker("healthy", at: directory.socket("healthy"))
        let proxy = try TestProxy([dying, healthy], directory: directory) { routes in
            routes.balance.ejection.consecutiveFailures = 0
        }
        for _ in 0..<3 { #expect(try proxy.get().text == "healthy") }
        #expect(proxy.total(.retries, slot: 0) == 3)
        var failed = 0
        for _ in 0..<4 where try proxy.get(method: "POST", body: "once").status == 502 { failed += 1 }
        #expect(failed == 2)
    }

    @Test func retriesStayWithinTheBudget() throws {
        let directory = try TestDirectory()
        let workers = try (0..<2).map { index in
            try ScriptedWorker("w\(index)", at: directory.socket("w\(index)")) { _ = try $0.next() }
        }
        let proxy = try TestProxy(workers, directory: directory) { $0.balance.ejection.consecutiveFailures = 0 }
        for _ in 0..<50 { #expect(try proxy.get().status == 502) }
        #expect(proxy.total(.retries, slot: 0) + proxy.total(.retries, slot: 1) <= 10)
        #expect(workers[0].requests + workers[1].requests <= 60)
    }

    @Test(arguments: [false, true]) func aWorkerKilledUnderLoadFailsNoGet(isTCP: Bool) throws {
        let directory = try TestDirectory()
        let workers = try (1...4).map { index in
            try ScriptedWorker(
                "w\(index)",
                at: isTCP ? .tcp(host: "127.0.0.1", port: 0) : directory.socket("w\(index)")
            )
        }
        let proxy = try TestProxy(workers, loops: 2, directory: directory)
        let failures = Mutex<[String]>([])
        let done = Atomic<Int>(0)
        let front = proxy.front
        for _ in 0..<8 {
            try Thread.start(name: "client") {
                do {
                    let client = try TestSocket(to: front)
                    for _ in 0..<200 {
                        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
                        let answer = try client.readAnswer()
                        if answer.status != 200 { failures.withLock { $0.append(answer.head) } }
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
                done.wrappingAdd(1, ordering: .releasing)
            }
        }
        for index in 0..<3 {
            #expect(proxy.until { workers[3].requests > 50 * (index + 1) })
            workers[index].kill()
        }
        #expect(proxy.until { done.load(ordering: .acquiring) == 8 })
        #expect(failures.withLock { $0 } == [])
    }

    @Test func aSlowWorkerIs504() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            _ = connection.socket.isEnded()
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.timeouts.firstByte = .milliseconds(100) }
        let answer = try proxy.get()
        #expect(answer.status == 504)
        #expect(answer.error == "timeout; phase=first-byte")
        #expect(proxy.until { proxy.total(.timeouts, slot: 0) == 1 && proxy.total(.inFlight, slot: 0) == 0 })
    }

    @Test func anAnswerThatStallsIsCut() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin")
            _ = connection.socket.isEnded()
        }
        let proxy = try TestProxy([worker], directory: directory) {
            $0.front.timeouts.betweenBytes = .milliseconds(100)
        }
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readHead().hasPrefix("HTTP/1.1 200"))
        #expect(String(decoding: client.readToEnd(), as: UTF8.self) == "begin")
    }

    @Test func aClientThatGoesCancelsTheWorkersWork() throws {
        let directory = try TestDirectory()
        let isCancelled = Atomic<Bool>(false)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            isCancelled.store(connection.socket.isEnded(), ordering: .releasing)
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(proxy.until { worker.requests == 1 })
        client.abort()
        #expect(proxy.until { isCancelled.load(ordering: .acquiring) })
        #expect(proxy.until { proxy.total(.clientAborts, slot: 0) == 1 && proxy.total(.clientConnections) == 0 })
    }

    @Test func aHalfClosedClientGetsItsAnswer() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        client.shutdownWriting()
        #expect(try client.readAnswer().text == "one")
        #expect(client.isEnded())
    }

    @Test func connectionsAreNotReusedInAnotherLife() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory)
        for _ in 0..<3 { _ = try proxy.get() }
        #expect(worker.connections == 1)
        try proxy.publish { $0.workers[0].life = 2 }
        #expect(proxy.until { proxy.total(.idleConnections, slot: 0) == 0 })
        _ = try proxy.get()
        #expect(worker.connections == 2)
    }

    @Test func aBadWorkerIsEjectedAndComesBack() throws {
        let directory = try TestDirectory()
        let isBad = Atomic<Bool>(true)
        let bad = try ScriptedWorker("bad", at: directory.socket("bad")) { connection in
            while let request = try connection.next() {
                if isBad.load(ordering: .relaxed) { return try connection.socket.send("nonsense\r\n\r\n") }
                try connection.answer(request, body: "bad")
            }
        }
        let good = try ScriptedWorker("good", at: directory.socket("good"))
        let proxy = try TestProxy([bad, good], directory: directory) { routes in
            routes.balance.ejection.consecutiveFailures = 3
            routes.balance.ejection.duration = .milliseconds(200)
        }
        var statuses: [Int] = []
        for _ in 0..<10 { statuses.append(try proxy.get().status) }
        #expect(statuses == [502, 200, 502, 200, 502, 200, 200, 200, 200, 200])
        try proxy.wait { reports in
            reports.contains { if case .suspect(_, 1, 3, _) = $0 { true } else { false } }
        }
        #expect(proxy.total(.ejections, slot: 0) == 1)
        isBad.store(false, ordering: .relaxed)
        #expect(proxy.until { (try? proxy.get().text) == "bad" })
    }

    @Test func aWorkerThatErrsMoreThanTheOthersIsEjected() throws {
        let directory = try TestDirectory()
        let bad = try ScriptedWorker("bad", at: directory.socket("bad")) { connection in
            while let request = try connection.next() {
                try connection.answer(request, status: "500 Internal Server Error", body: "bad")
            }
        }
        let good = try ScriptedWorker("good", at: directory.socket("good"))
        let proxy = try TestProxy([bad, good], directory: directory) { $0.balance.ejection.consecutiveFailures = 0 }
        for _ in 0..<60 { _ = try proxy.get() }
        try proxy.wait { reports in
            reports.contains {
                if case .suspect(_, 1, 0, let text) = $0 { text.contains("% of its answers") } else { false }
            }
        }
        #expect(proxy.total(.ejections, slot: 0) == 1)
        #expect(try (0..<10).allSatisfy { _ in try proxy.get().text == "good" })
    }

    @Test func theOnlyWorkerStaysAndThePanicIsTold() throws {
        let directory = try TestDirectory()
        let bad = try ScriptedWorker("bad", at: directory.socket("bad")) { connection in
            while try connection.next() != nil { try connection.socket.send("nonsense\r\n\r\n") }
        }
        let proxy = try TestProxy([bad], directory: directory) { $0.balance.ejection.consecutiveFailures = 3 }
        for _ in 0..<6 { #expect(try proxy.get().status == 502) }
        func panics(_ reports: [ProxyReport]) -> Int {
            reports.count { if case .panic("test", _) = $0 { true } else { false } }
        }
        try proxy.wait { panics($0) > 0 }
        #expect(panics(proxy.reports) == 1, "one panic, not one for each request")
        #expect(proxy.total(.panics, slot: 0) == 4)
        #expect(proxy.total(.ejections, slot: 0) == 0)
    }

    @Test func aWorkerOnTrialGetsOneRequestInAWhile() throws {
        let directory = try TestDirectory()
        let route = TestProxy.route(0, directory.socket("one"))
        let target = WorkerTarget(route, socketAddress: try SocketAddress(route.address))
        #expect((0..<3).allSatisfy { _ in target.takeTrial(now: 5) })
        target.ejectedUntil.store(1_000, ordering: .relaxed)
        #expect(!target.takeTrial(now: 999))
        #expect(target.takeTrial(now: 1_000))
        #expect(!target.takeTrial(now: 1_999))
        #expect(target.takeTrial(now: 2_000))
    }
}
