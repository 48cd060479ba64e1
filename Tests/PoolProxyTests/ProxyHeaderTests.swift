import PoolHTTP
import PoolModel
import PoolProxy
import Synchronization
import Testing

/// The PROXY protocol on real sockets: from trusted proxies, and to workers.
@Suite struct ProxyHeaderTests {
    private let line = "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"
    private let get = "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"

    private func proxy(_ worker: ScriptedWorker, _ directory: TestDirectory, trusted: String = "127.0.0.0/8") throws
        -> TestProxy
    {
        try TestProxy([worker], directory: directory) { routes in
            routes.front.acceptProxyProtocol = true
            routes.front.trustedProxies = [trusted]
            routes.front.timeouts.requestHead = .milliseconds(300)
        }
    }

    @Test func aTrustedProxySaysWhomTheConnectionIsFrom() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try proxy(worker, directory)
        let client = try proxy.connect()
        try client.send(line + "GET /a HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n")
        #expect(try client.readAnswer().status == 200)
        try client.send("GET /b HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readAnswer().status == 200)
        #expect(worker.received.contains("X-Real-IP: 192.0.2.1\r\n"))
        #expect(worker.received.contains("X-Forwarded-For: 192.0.2.1\r\n"), "the client itself is a stranger")
        #expect(!worker.received.contains("6.6.6.6") && !worker.received.contains("127.0.0.1"))
    }

    @Test func versionTwoComesInAnyPieces() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try proxy(worker, directory)
        let client = try proxy.connect()
        let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
        let header = signature + [0x21, 0x11, 0, 12, 192, 0, 2, 9, 198, 51, 100, 7, 0xdc, 4, 1, 187]
        for byte in header + Array(get.utf8) { try client.send([byte]) }
        #expect(try client.readAnswer().status == 200)
        #expect(worker.received.contains("X-Real-IP: 192.0.2.9\r\n"))
    }

    @Test func withoutAnAddressTheProxyItselfIsTheClient() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try proxy(worker, directory)
        let client = try proxy.connect()
        try client.send("PROXY UNKNOWN\r\n" + get)
        #expect(try client.readAnswer().status == 200)
        #expect(worker.received.contains("X-Real-IP: 127.0.0.1\r\n"))
    }

    @Test func whatIsNoHeaderIsRefused() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try proxy(worker, directory)
        for start in [get, "PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n" + get, "\r\n" + get] {
            let client = try proxy.connect()
            try client.send(start)
            let answer = try client.readAnswer()
            #expect(answer.status == 400)
            #expect(answer.error == "malformed; fault=proxy-header")
            #expect(client.isEnded())
        }
        #expect(worker.requests == 0)
        #expect(proxy.until { proxy.total(.refused) == 3 && proxy.total(.clientConnections) == 0 })
    }

    @Test func aHeaderThatDoesNotComeEndsTheConnection() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try proxy(worker, directory)
        let silent = try proxy.connect()
        let slow = try proxy.connect()
        try slow.send("PROXY TCP4 192")
        #expect(silent.isEnded())
        // With bytes left unread the end is a reset.
        _ = slow.readToEnd()
        #expect(proxy.until { proxy.total(.clientConnections) == 0 })
    }

    @Test func strangersCannotForgeTheirAddress() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try proxy(worker, directory, trusted: "10.0.0.0/8")
        let forger = try proxy.connect()
        try forger.send(line + get)
        #expect(try forger.readAnswer().status == 400)
        #expect(try proxy.get().status == 200, "who is not trusted speaks plain HTTP")
        #expect(!worker.received.contains("192.0.2.1"))
    }

    @Test func theNamedClientIsCounted() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) { routes in
            routes.front.acceptProxyProtocol = true
            routes.front.trustedProxies = ["127.0.0.1"]
            routes.front.limits.connectionsPerAddressMax = 1
        }
        let first = try proxy.connect()
        try first.send(line + "GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try first.readAnswer().status == 200)
        let second = try proxy.connect()
        try second.send(line + get)
        #expect(try second.readAnswer().status == 429)
        let other = try proxy.connect()
        try other.send(line.replacing("192.0.2.1", with: "192.0.2.2") + get)
        #expect(try other.readAnswer().status == 200)
        first.close()
        #expect(
            proxy.until {
                guard let again = try? proxy.connect(), (try? again.send(line + get)) != nil else { return false }
                return (try? again.readAnswer().status) == 200
            }
        )
    }

    @Test(arguments: [ProxyProtocolVersion.v1, .v2])
    func workersAreToldWhomAConnectionIsFor(_ version: ProxyProtocolVersion) throws {
        let directory = try TestDirectory()
        let headers = Mutex<[ProxyProtocol.Reading]>([])
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            var bytes: [UInt8] = []
            var reading = ProxyProtocol.Reading.incomplete
            while reading == .incomplete {
                bytes += try connection.socket.readExactly(1)
                reading = bytes.withUnsafeBufferPointer { buffer in
                    buffer.baseAddress.map { ProxyProtocol.read($0, buffer.count) } ?? .invalid
                }
            }
            headers.withLock { $0.append(reading) }
            while let request = try connection.next() { try connection.answer(request, body: "ok") }
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.sendProxyProtocol = version }
        let client = try proxy.connect()
        for _ in 0..<3 {
            try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try client.readAnswer().text == "ok")
        }
        #expect(worker.connections == 3, "no connection is another request's")
        let seen = headers.withLock { $0 }
        #expect(seen.count == 3)
        for reading in seen {
            guard case .header(_, let source?) = reading else {
                Issue.record("\(reading)")
                continue
            }
            #expect(source.isIPv4 && source.low & 0xffff_ffff == 0x7f00_0001 && source.port > 0)
        }
        #expect(proxy.until { proxy.total(.idleConnections, slot: 0) == 0 })
    }
}
