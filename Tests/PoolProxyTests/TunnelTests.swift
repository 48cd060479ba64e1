import PoolModel
import PoolProxy
import Synchronization
import Testing

/// WebSocket: after the 101 bytes are bytes.
@Suite struct TunnelTests {
    static let handshake =
        "GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n"
    static let accept = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    /// Echoes until the client ends its side, then says goodbye.
    static func echo(_ connection: WorkerConnection) throws {
        let head = try connection.nextHead()
        #expect(head.field("upgrade") == "websocket")
        #expect(head.field("connection") == "Upgrade")
        try connection.socket.send(accept + "welcome")
        while case let bytes = try connection.socket.read(), !bytes.isEmpty { try connection.socket.send(bytes) }
        try connection.socket.send("goodbye")
    }

    @Test func bytesGoBothWaysAndEndsAreHalves() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"), script: TunnelTests.echo)
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        // The first bytes of the tunnel come with the request.
        try client.send(TunnelTests.handshake + "early")
        #expect(try client.readHead().hasPrefix("HTTP/1.1 101 "))
        #expect(String(decoding: try client.readExactly(12), as: UTF8.self) == "welcomeearly")
        #expect(proxy.total(.tunnels, slot: 0) == 1)
        let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        for start in stride(from: 0, to: large.count, by: 50_000) {
            let part = Array(large[start..<start + 50_000])
            try client.send(part)
            #expect(try client.readExactly(part.count) == part)
        }
        client.shutdownWriting()
        #expect(String(decoding: client.readToEnd(), as: UTF8.self) == "goodbye")
        #expect(proxy.until { proxy.total(.tunnels, slot: 0) == 0 && proxy.total(.inFlight, slot: 0) == 0 })
        #expect(proxy.total(.status1xx, slot: 0) == 1)
    }

    /// The worker says goodbye first; what the client says to that, with the end of its side behind it, still arrives.
    @Test func theLastWordOfTheClientArrives() throws {
        let directory = try TestDirectory()
        let heard = Mutex("")
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.nextHead()
            try connection.socket.send(TunnelTests.accept)
            connection.socket.shutdownWriting()
            let bytes = connection.socket.readToEnd()
            heard.withLock { $0 = String(decoding: bytes, as: UTF8.self) }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send(TunnelTests.handshake)
        _ = try client.readHead()
        #expect(client.readToEnd().isEmpty)
        try client.send("last word")
        client.shutdownWriting()
        #expect(proxy.until { heard.withLock { $0 == "last word" } })
    }

    @Test func anIdleTunnelEnds() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"), script: TunnelTests.echo)
        let proxy = try TestProxy([worker], directory: directory) { $0.front.timeouts.tunnelIdle = .milliseconds(150) }
        let client = try proxy.connect()
        try client.send(TunnelTests.handshake)
        _ = try client.readHead()
        _ = try client.readExactly(7)
        #expect(client.isEnded())
    }

    @Test func aRefusedUpgradeIsAnOrdinaryAnswer() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        for _ in 0..<2 {
            try client.send(TunnelTests.handshake)
            #expect(try client.readAnswer().text == "one")
        }
    }

    @Test func tunnelsOutliveADrainUntilItsLimit() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"), script: TunnelTests.echo)
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send(TunnelTests.handshake)
        _ = try client.readHead()
        _ = try client.readExactly(7)
        proxy.server.perform(.drain(limitSeconds: 5))
        for _ in 0..<3 {
            try client.send("still here")
            #expect(String(decoding: try client.readExactly(10), as: UTF8.self) == "still here")
        }
        #expect(!proxy.server.isFinished)
        proxy.server.stop()
        #expect(client.isEnded())
        #expect(proxy.until { proxy.server.isFinished })
    }
}
