import PoolModel
import PoolProxy
import Testing

/// Much work for us that costs the client little: the connection ends with ENHANCE_YOUR_CALM, and says why.
@Suite struct HTTP2FloodTests {
    private func flood(_ reason: String, _ counter: StatsCounter, _ attack: (HTTP2Client) throws -> Void) throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        // A broken pipe is a success of ours.
        try? attack(client)
        let end = try client.goAway()
        #expect(end.code == 11 && end.reason.contains(reason), "\(end)")
        #expect(
            proxy.until {
                proxy.total(.http2Floods) == 1 && proxy.total(counter) == 1 && proxy.total(.clientConnections) == 0
            }
        )
        #expect(try proxy.get("/").status == 200)
        #expect(proxy.until { proxy.total(.inFlight, slot: 0) == 0 })
    }

    /// CVE-2023-44487
    @Test func rapidResets() throws {
        try flood("reset", .floodResets) { client in
            for index in 0..<1000 {
                try client.begin(index * 2 + 1)
                try client.send(3, 0, index * 2 + 1, HTTP2Client.number(8, 4))
            }
        }
    }

    /// CVE-2025-8671: the client has us reset its streams.
    @Test func provokedResets() throws {
        try flood("reset", .floodResets) { client in
            for index in 0..<1000 {
                try client.begin(index * 2 + 1)
                try client.send(8, 0, index * 2 + 1, HTTP2Client.number(Int(Int32.max), 4))
            }
        }
    }

    @Test func settings() throws {
        try flood("SETTINGS", .floodSettings) { client in for _ in 0..<1000 { try client.send(4, 0, 0) } }
    }

    @Test func pings() throws {
        try flood("PING", .floodPings) { client in
            for _ in 0..<1000 { try client.send(6, 0, 0, [UInt8](repeating: 0, count: 8)) }
        }
    }

    @Test func emptyData() throws {
        try flood("empty", .floodEmptyFrames) { client in
            try client.begin(1, HTTP2Client.request("POST"), isLast: false)
            for _ in 0..<1000 { try client.send(0, 0, 1) }
        }
    }

    @Test func priorities() throws {
        try flood("PRIORITY", .floodPriorities) { client in
            for _ in 0..<2000 { try client.send(2, 0, 1, [0, 0, 0, 0, 0]) }
        }
    }

    @Test func continuations() throws {
        try flood("CONTINUATION", .floodContinuations) { client in
            try client.send(1, 1, 1, HTTP2Client.block(HTTP2Client.request()))
            for _ in 0..<1000 { try client.send(9, 0, 1, HTTP2Client.block([("a", "b")])) }
        }
    }

    /// HPACK: one field of 4,000 bytes is kept in the table, and named by one byte each after that.
    @Test func fieldsOutOfTheTable() throws {
        try flood("header section", .floodFields) { client in
            let field = [0x40] + Array(HTTP2Client.block([("bomb", String(repeating: "x", count: 3900))]).dropFirst())
            let block = HTTP2Client.block(HTTP2Client.request()) + field + [UInt8](repeating: 0xbe, count: 8000)
            try client.send(1, 5, 1, block)
        }
    }

    @Test func moreStreamsThanAllowedAreRefused() throws {
        let directory = try TestDirectory()
        let gate = Promise()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            _ = gate.wait()
            try connection.answer(head, body: "ok")
        }
        let proxy = try HTTP2Tests.proxy(directory, worker) { $0.front.limits.http2StreamsMax = 3 }
        let client = try HTTP2Client(proxy)
        for stream in [1, 3, 5, 7] { try client.begin(stream) }
        // REFUSED_STREAM: it may be sent again.
        #expect(try client.answer(7).resetCode == 7)
        gate.fulfil("go")
        let answers = try client.answers([1, 3, 5])
        #expect(answers.values.filter { $0.status == 200 || $0.status == -1 }.count == 3)
    }

    /// A head that comes byte by byte has the time of any head.
    @Test func slowHeads() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try HTTP2Tests.proxy(directory, worker) { $0.front.timeouts.requestHead = .milliseconds(200) }
        let client = try HTTP2Client(proxy)
        // Nothing may come between the frames of a head, not even an answer to the settings.
        while try client.next().type != 4 {}
        try client.send(1, 1, 1, HTTP2Client.block(HTTP2Client.request()))
        #expect(try client.goAway().code == 0)
        #expect(client.socket.isEnded())
        #expect(proxy.total(.refused) == 1)
    }
}
