import PoolModel
import PoolProxy
import Testing

/// HTTP/2 over TLS with clients that are not ours, and WebSockets over streams.
@Suite struct HTTP2PeerTests {
    private func curl(_ site: TLSTests.Site, _ arguments: [String]) throws -> String {
        let address = "https://a.test:\(site.port)/"
        let result = try Program.run(
            "curl",
            ["-s", "--cacert", site.certificates[0].files.certificate, "--resolve", "a.test:\(site.port):127.0.0.1"]
                + arguments + [address]
        )
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test func theClientChooses() throws {
        let site = try TLSTests.Site(TLSTests.named) { $0.front.strictTransport = .seconds(60) }
        let report = ["-o", "/dev/null", "-w", "%{http_version} %{http_code} %header{strict-transport-security}"]
        #expect(try curl(site, ["--http2"] + report) == "2 200 max-age=60")
        #expect(try curl(site, ["--http1.1"] + report) == "1.1 200 max-age=60")
        #expect(site.proxy.total(.http2Connections) == 1)
        try site.proxy.publish { $0.front.http2 = false }
        #expect(try curl(site, ["--http2"] + report) == "1.1 200 max-age=60")
    }

    @Test func largeBodiesGoBothWays() throws {
        let site = try TLSTests.Site(TLSTests.echoing) { $0.front.bodyBytesMax = 0 }
        #expect(try curl(site, ["--http2", "-o", "/dev/null", "-w", "%{size_download}"]) == "5000000")
        let body = String(repeating: "0123456789abcdef", count: 100_000)
        let path = site.directory.path + "/body"
        _ = try Program.run("sh", ["-c", "cat > \(path)"], input: body)
        #expect(try curl(site, ["--http2", "--data-binary", "@\(path)"]) == body)
    }

    @Test func manyStreamsOfManyConnections() throws {
        let site = try TLSTests.Site(TLSTests.named, loops: 2)
        let load = try Program.run("h2load", ["-n", "1000", "-c", "4", "-m", "10", "https://127.0.0.1:\(site.port)/"])
        #expect(load.output.contains("1000 succeeded, 0 failed, 0 errored"), "\(load.output)")
        #expect(site.proxy.until { site.proxy.total(.requests, slot: 0) == 1000 })
        #expect(site.proxy.total(.streams) == 1000 && site.proxy.total(.http2Floods) == 0)
    }

    /// RFC 8441: an Upgrade for the worker, and bytes both ways until both have ended.
    @Test func aWebSocketIsATunnel() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"), script: TunnelTests.echo)
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        let connect = [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/ws"),
            (":authority", "test"), ("sec-websocket-version", "13"),
        ]
        try client.begin(1, connect, isLast: false)
        var body: [UInt8] = []
        var isEnded = false
        func read(until isThere: () -> Bool) throws {
            while !isThere() {
                let frame = try client.next()
                guard frame.stream == 1 else { continue }
                #expect(frame.type != 3)
                if frame.type == 1 { #expect(HTTP2Client.status(frame.payload) == 200) }
                if frame.type == 0 { body += frame.payload }
                if frame.isLast { isEnded = true }
            }
        }
        try read { body.count == 7 }
        #expect(proxy.total(.tunnels, slot: 0) == 1)
        try client.send(0, 0, 1, Array("hello".utf8))
        try read { body.count == 12 }
        // The client's end is passed on; the worker still has something to say.
        try client.send(0, 1, 1)
        try read { isEnded }
        #expect(String(decoding: body, as: UTF8.self) == "welcomehellogoodbye")
        #expect(worker.received.contains("Sec-WebSocket-Key: ") || worker.received.contains("sec-websocket-key: "))
        #expect(proxy.until { proxy.total(.tunnels, slot: 0) == 0 && proxy.total(.inFlight, slot: 0) == 0 })
        #expect(proxy.total(.clientAborts, slot: 0) == 0)
    }
}
