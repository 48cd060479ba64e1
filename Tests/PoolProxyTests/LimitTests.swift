import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Synchronization
import Testing

/// Bounds on what one client, or all of them, can do.
@Suite struct LimitTests {
    @Test func largeHeadsAreRefused() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { routes in
            routes.front.limits.headBytesMax = 4096
            routes.front.limits.requestLineBytesMax = 1000
            routes.front.limits.headersMax = 10
        }
        #expect(try proxy.get("/" + String(repeating: "a", count: 1000)).status == 414)
        #expect(try proxy.get(fields: "X: \(String(repeating: "a", count: 4096))\r\n").status == 431)
        #expect(try proxy.get(fields: String(repeating: "X: y\r\n", count: 10)).status == 431)
        #expect(try proxy.get(fields: String(repeating: "X: y\r\n", count: 9)).status == 200)
        #expect(worker.requests == 1)
    }

    @Test func slowHeadsAndBodiesAre408() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { routes in
            routes.front.timeouts.requestHead = .milliseconds(150)
            routes.front.timeouts.requestBody = .milliseconds(150)
        }
        let slowHead = try proxy.connect()
        try slowHead.send("GET / HTTP/1.1\r\nHo")
        let slowBody = try proxy.connect()
        try slowBody.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
        #expect(try slowHead.readAnswer().error == "timeout; phase=request")
        #expect(slowHead.isEnded())
        let answer = try slowBody.readAnswer()
        #expect(answer.status == 408)
        #expect(answer.error == "timeout; phase=body")
        #expect(slowBody.isEnded())
    }

    @Test func idleClientsAreClosed() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { $0.front.timeouts.clientIdle = .milliseconds(150) }
        let fresh = try proxy.connect()
        let used = try proxy.connect()
        try used.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try used.readAnswer().status == 200)
        #expect(fresh.isEnded())
        #expect(used.isEnded())
    }

    @Test func aClientThatDoesNotReadIsCutAndHoldsNoMore() throws {
        let directory = try TestDirectory()
        let sent = Atomic<Int>(0)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            let part = [UInt8](repeating: 1, count: 10_000)
            while true {
                try connection.socket.send(part)
                sent.wrappingAdd(part.count, ordering: .relaxed)
            }
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.timeouts.send = .milliseconds(300) }
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(proxy.until { proxy.total(.clientConnections) == 1 && proxy.total(.requests, slot: 0) == 0 })
        // Socket buffers of the kernel, and one read of the proxy.
        #expect(proxy.until { proxy.total(.clientConnections) == 0 })
        #expect(sent.load(ordering: .relaxed) < 16 << 20)
    }

    /// Its socket becomes writable less often than it has time, but it does take what it gets.
    @Test func aClientThatReadsSlowlyIsKept() throws {
        let directory = try TestDirectory()
        let size = 24 << 20
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            guard try connection.next() != nil else { return }
            try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            let part = [UInt8](repeating: 1, count: 1 << 20)
            for _ in 0..<24 { try connection.socket.send(part) }
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.timeouts.send = .milliseconds(500) }
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        _ = try client.readHead()
        var read = 0
        let begun = MonotonicClock.now
        while MonotonicClock.now - begun < .milliseconds(2500) {
            read += try client.readExactly(16 << 10).count
            // To be slow is what is tested: some 300 KiB a second.
            usleep(50_000)
        }
        read += try client.readExactly(size - read).count
        #expect(read == size)
        #expect(proxy.until { proxy.total(.status2xx, slot: 0) == 1 })
    }

    @Test func connectionsOfOneAddressAreBounded() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], loops: 2, directory: directory) {
            $0.front.limits.connectionsPerAddressMax = 3
        }
        let clients = try (0..<3).map { _ in try proxy.connect() }
        for client in clients {
            try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
        }
        let refusal = try proxy.connect().readAnswer()
        #expect(refusal.status == 429)
        #expect(refusal.field("retry-after") == "1")
        clients[0].close()
        #expect(proxy.until { (try? proxy.get().status) == 200 })
    }

    @Test func idleClientsMakeRoomForNewOnes() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { $0.front.limits.connectionsMax = 40 }
        let idle = try (0..<40).map { _ in try proxy.connect() }
        #expect(proxy.until { proxy.total(.clientConnections) == 40 })
        #expect(try proxy.get().status == 200)
        #expect(idle.contains { $0.isEnded() })
    }

    /// A head's time-out is nearer than an idle client's: that alone does not make it the first to go.
    @Test func whoIsAtItsRequestOutlivesIdleClients() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { $0.front.limits.connectionsMax = 60 }
        let writing = try (0..<10).map { _ in try proxy.connect() }
        for client in writing { try client.send("GET / HTTP/1.1\r\nHo") }
        let idle = try (0..<50).map { _ in try proxy.connect() }
        #expect(proxy.until { proxy.total(.clientConnections) == 60 })
        #expect(try proxy.get().status == 200)
        #expect(idle.contains { $0.isEnded() })
        for client in writing {
            try client.send("st: t\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
        }
    }

    /// Without idle clients those go that have been at their heads for longest: who is new is served.
    @Test func slowHeadsMakeRoomWhereNobodyIsIdle() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { $0.front.limits.connectionsMax = 40 }
        let slow = try (0..<40).map { _ in try proxy.connect() }
        for client in slow { try client.send("GET / HTTP/1.1\r\nHo") }
        #expect(proxy.until { proxy.total(.clientConnections) == 40 })
        #expect(try proxy.get().status == 200)
    }

    @Test func tenThousandSlowHeadsLeaveTheServiceAnswering() throws {
        let directory = try TestDirectory()
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // Both ends of each connection are in this process.
        let count = min(10_000, Int(limit.rlim_max) / 2 - 500)
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory)
        var clients: [TestSocket] = []
        for _ in 0..<count {
            let client = try proxy.connect()
            try client.send("GET / HTTP/1.1\r\nHost: t\r\nX: ")
            clients.append(client)
        }
        #expect(proxy.until { proxy.total(.clientConnections) == UInt64(count) })
        let before = MonotonicClock.now
        for _ in 0..<20 { #expect(try proxy.get().status == 200) }
        #expect(MonotonicClock.now - before < .seconds(5))
        #expect(clients.count == count)
    }

    /// Bytes that trickle in keep no time-out between two reads, but they miss the least rate.
    @Test func aBodyThatTricklesIs408() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { routes in
            routes.front.timeouts.requestBody = .milliseconds(400)
            routes.front.limits.bodyRateMin = 10_000
        }
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n")
        var poll = pollfd(fd: client.descriptor.raw, events: Int16(POLLIN), revents: 0)
        var sent = 0
        while Glibc.poll(&poll, 1, 50) == 0 && sent < 1000 {
            try client.send("x")
            sent += 1
        }
        let answer = try client.readAnswer()
        #expect(answer.status == 408)
        #expect(answer.error == "too-slow; phase=body")
        #expect(sent < 1000)
        #expect(client.isEnded())
    }

    @Test func aBodyThatIsFastEnoughIsNotDisturbed() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { routes in
            routes.front.timeouts.requestBody = .milliseconds(200)
            routes.front.limits.bodyRateMin = 100
        }
        let client = try proxy.connect()
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\n\r\n")
        for _ in 0..<20 {
            try client.send(String(repeating: "x", count: 100))
            // Makes the body take longer than the grace; its rate stays far above the least.
            usleep(25_000)
        }
        #expect(try client.readAnswer().status == 200)
    }

    @Test func aConnectThatTakesTooLongIs504() throws {
        let directory = try TestDirectory()
        // A listener that accepts nobody: when its queue is full the kernel answers no more connects.
        let socket = try ListeningSocket.bind(.tcp(host: "127.0.0.1", port: 0))
        listen(socket.raw, 0)
        let port = try #require(ListeningSocket.port(of: socket))
        let address = Address.tcp(host: "127.0.0.1", port: port)
        let fillers = try (0..<2).map { _ in
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let filler = FileDescriptor(adopting: Glibc.socket(AF_INET, type, 0))
            _ = try SocketAddress(address).withPointer { Glibc.connect(filler.raw, $0, $1) }
            return filler
        }
        defer { fillers.forEach { $0.close() } }
        let proxy = try TestProxy([], directory: directory) { routes in
            routes.workers = [TestProxy.route(0, address)]
            routes.front.timeouts.connect = .milliseconds(150)
        }
        let answer = try proxy.get()
        #expect(answer.status == 504)
        #expect(answer.error == "connect-failed; errno=110")
        #expect(proxy.until { proxy.total(.timeouts, slot: 0) == 1 && proxy.total(.connectFailures, slot: 0) == 1 })
    }

    @Test func beyondTheMemoryNewRequestsAreRefusedAndOldOnesGoOn() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                if request.target == "/small" {
                    try connection.answer(request, body: "small")
                } else {
                    try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
                    let part = [UInt8](repeating: 1, count: 60_000)
                    while true { try connection.socket.send(part) }
                }
            }
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.limits.memoryMax = 1 << 20 }
        #expect(try proxy.get("/small").status == 200)
        // Clients that do not read hold a buffer each.
        var clients: [TestSocket] = []
        func isFull() -> Bool {
            guard let answer = try? proxy.get("/small") else { return false }
            return answer.error == "no-memory" && answer.field("retry-after") == "1"
        }
        let isRefused = proxy.until {
            guard clients.count < 64, let client = try? proxy.connect() else { return isFull() }
            try? client.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
            clients.append(client)
            return isFull()
        }
        #expect(isRefused)
        #expect(proxy.until { proxy.total(.noMemory) > 0 })
        #expect(proxy.total(.bufferBytes) <= 1 << 20)
        for client in clients { client.abort() }
        #expect(proxy.until { (try? proxy.get("/small").status) == 200 })
        #expect(proxy.until { proxy.total(.bufferBytes) < 64 << 10 })
    }
}
