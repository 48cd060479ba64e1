import Foundation
import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Testing

/// TLS with clients that are not ours: OpenSSL's program, curl, Python.
@Suite struct TLSTests {
    /// A proxy whose front speaks TLS with these certificates.
    struct Site {
        let directory: TestDirectory
        let proxy: TestProxy
        let certificates: [TestCertificate]

        init(
            _ worker: (TestDirectory) throws -> ScriptedWorker,
            hosts: [[String]] = [["a.test"]],
            loops: Int = 1,
            _ configure: (inout PoolRoutes) -> Void = { _ in }
        ) throws {
            let directory = try TestDirectory()
            let made = try hosts.enumerated().map { try TestCertificate("c\($0)", for: $1, in: directory) }
            self.directory = directory
            certificates = made
            proxy = try TestProxy(
                [worker(directory)],
                loops: loops,
                directory: directory,
                certificates: made.map { try $0.bundle() }
            ) { routes in
                routes.front.listeners[0].tls = TLSSpec(certificates: made.map(\.files))
                configure(&routes)
            }
        }

        var port: UInt16 { if case .tcp(_, let port) = proxy.front { port } else { 0 } }

        /// Runs Python and shows what it says where it fails.
        func python(_ body: String, _ location: SourceLocation = #_sourceLocation) throws {
            let result = try Program.python(body, port: port, authority: certificates[0].files.certificate)
            #expect(result.status == 0, "\(result.output)\(result.errors)", sourceLocation: location)
        }

        func client(_ arguments: [String], input: String = "") throws -> String {
            let result = try Program.run(
                "openssl",
                ["s_client", "-connect", "127.0.0.1:\(port)"] + arguments,
                input: input
            )
            return result.output + result.errors
        }
    }

    static func named(_ directory: TestDirectory) throws -> ScriptedWorker {
        try ScriptedWorker("one", at: directory.socket("one"))
    }

    /// Echoes bodies, whatever their size; `GET` gets 5 MB.
    static func echoing(_ directory: TestDirectory) throws -> ScriptedWorker {
        try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                let body = request.method == "GET" ? [UInt8](repeating: 120, count: 5_000_000) : request.body
                try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
                try connection.socket.send(body)
            }
        }
    }

    @Test(arguments: ["TLSv1_2", "TLSv1_3"]) func answersComeThrough(version: String) throws {
        var seen: ScriptedWorker?
        let site = try Site({ directory in
            let worker = try TLSTests.named(directory)
            seen = worker
            return worker
        }) { $0.front.strictTransport = .seconds(3600) }
        try site.python(
            """
            version = ssl.TLSVersion.\(version)
            client = connect(made=context(version, version))
            assert client.selected_alpn_protocol() == "http/1.1"
            for _ in range(3):
                client.sendall(b"GET /path HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
                head, body = answer(client)
                assert body == b"one", body
                assert "strict-transport-security: max-age=3600" in head.lower(), head
            """
        )
        let head = try #require(seen).received.lowercased()
        #expect(head.contains("x-forwarded-proto: https\r\n"))
        #expect(site.proxy.total(.handshakes) == 1)
        #expect(site.proxy.until { site.proxy.total(.requests, slot: 0) == 3 })
    }

    @Test func oldVersionsAndCiphersAreRefused() throws {
        let site = try Site(TLSTests.named)
        let weak = "DEFAULT:@SECLEVEL=0"
        for arguments in [
            ["-tls1", "-cipher", weak], ["-tls1_1", "-cipher", weak], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
            ["-tls1_2", "-cipher", "AES128-GCM-SHA256"], ["-alpn", "spdy/3"],
        ] {
            let text = try site.client(arguments)
            #expect(text.contains("alert") || text.contains("Cipher is (NONE)"), "\(arguments): \(text)")
        }
        #expect(site.proxy.total(.handshakes) == 0)
        #expect(site.proxy.until { site.proxy.total(.handshakesFailed) >= 4 })
        #expect(try site.client(["-tls1_2"]).contains("Cipher is ECDHE-ECDSA-"))
    }

    @Test func theNameChoosesTheCertificate() throws {
        let site = try Site(TLSTests.named, hosts: [["a.test"], ["b.test", "*.c.test"]])
        for (name, expected) in [
            ("a.test", "c0"), ("b.test", "c1"), ("x.c.test", "c1"), ("x.y.c.test", "c0"), ("unknown", "c0"),
        ] {
            #expect(try site.client(["-servername", name]).contains("subject=CN = \(expected)"), "\(name)")
        }
        #expect(try site.client(["-noservername"]).contains("subject=CN = c0"))
    }

    @Test(arguments: [1, 2]) func sessionsAreResumed(loops: Int) throws {
        let site = try Site(TLSTests.named, loops: loops)
        try site.python(
            """
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                made = context(version, version)
                session = None
                for turn in range(4):
                    client = connect(made=made, session=session)
                    client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
                    assert answer(client)[1] == b"one"
                    assert client.session_reused == (turn > 0), (version, turn)
                    session = client.session
                    client.close()
            """
        )
        #expect(site.proxy.until { site.proxy.total(.handshakesResumed) == 6 })
        #expect(site.proxy.total(.handshakes) == 8)
    }

    /// The manager hands out new keys every hour: old tickets are opened for as long as their key is young enough.
    @Test func ticketKeysAreRotated() throws {
        let site = try Site(TLSTests.named)
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        func key(_ byte: UInt8, age: Int) -> TicketKey {
            TicketKey(secret: Data(repeating: byte, count: 80).base64EncodedString(), madeAt: now.tv_sec - age)
        }
        let path = "\(site.directory.path)/session"
        func reuses() throws -> Bool {
            let text = try site.client(["-tls1_2", "-sess_in", path])
            #expect(text.contains("TLSv1.2, Cipher is"), "\(text)")
            return text.contains("Reused, TLSv1.2")
        }
        site.proxy.server.perform(.ticketKeys([key(1, age: 0)]))
        #expect(try site.client(["-tls1_2", "-sess_out", path]).contains("New, TLSv1.2"))
        #expect(try reuses())
        site.proxy.server.perform(.ticketKeys([key(2, age: 0), key(1, age: 3600)]))
        #expect(try reuses())
        site.proxy.server.perform(.ticketKeys([key(3, age: 0), key(2, age: 3600), key(1, age: 3 * 3600 + 60)]))
        #expect(try !reuses())
        // What is no key changes nothing.
        site.proxy.server.perform(.ticketKeys([TicketKey(secret: "AAAA", madeAt: now.tv_sec)]))
        #expect(try site.client(["-tls1_2", "-sess_out", path]).contains("New, TLSv1.2"))
        #expect(try reuses())
    }

    @Test func largeBodiesPassBothWays() throws {
        let site = try Site(TLSTests.echoing) { $0.front.bodyBytesMax = 0 }
        try site.python(
            """
            import hashlib, os
            client = connect()
            body = os.urandom(3_000_000)
            for size in (1, 16384, 16385, 100_000, len(body)):
                part = body[:size]
                client.sendall(b"POST / HTTP/1.1\\r\\nHost: a.test\\r\\nContent-Length: %d\\r\\n\\r\\n" % size + part)
                assert answer(client)[1] == part
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
            assert answer(client)[1] == b"x" * 5_000_000
            """,
        )
        let curl = try Program.run(
            "curl",
            [
                "-sk", "--limit-rate", "20M", "-o", "/dev/null", "-w", "%{size_download}",
                "https://127.0.0.1:\(site.port)/",
            ]
        )
        #expect(curl.output == "5000000")
    }

    @Test func headsComeInAnyPieces() throws {
        let site = try Site(TLSTests.named)
        try site.python(
            """
            client = connect()
            request = b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\nX-Long: " + b"y" * 20_000 + b"\\r\\n\\r\\n"
            for start in range(0, 200):
                client.sendall(request[start:start + 1])
            client.sendall(request[200:])
            assert answer(client)[1] == b"one"
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n" * 10)
            for _ in range(10):
                assert answer(client)[1] == b"one"
            """
        )
    }

    @Test func theEndIsTold() throws {
        let site = try Site(TLSTests.named) { $0.front.timeouts.clientIdle = .milliseconds(200) }
        // Without suppress_ragged_eofs an end without close_notify is an error.
        try site.python(
            """
            client = connect()
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\nConnection: close\\r\\n\\r\\n")
            assert answer(client)[1] == b"one"
            assert client.recv(1) == b""
            client = connect()
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
            assert answer(client)[1] == b"one"
            assert client.recv(1) == b""
            client = connect()
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
            assert answer(client)[1] == b"one"
            # It waits for the other side's close_notify.
            client.unwrap()
            client = connect()
            client.sendall(b"no request\\r\\n\\r\\n")
            assert b" 400 " in client.recv(65536)
            """
        )
    }

    @Test func tunnelsWork() throws {
        let site = try Site { try ScriptedWorker("one", at: $0.socket("one"), script: TunnelTests.echo) }
        try site.python(
            """
            client = connect()
            client.sendall(b"GET /ws HTTP/1.1\\r\\nHost: a.test\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n")
            assert " 101 " in read_head(client)
            assert client.recv(7) == b"welcome"
            for size in (1, 1000, 100_000):
                client.sendall(b"z" * size)
                got = b""
                while len(got) < size: got += client.recv(65536)
                assert got == b"z" * size
            """
        )
    }

    @Test func plainHTTPIsToldSo() throws {
        let site = try Site(TLSTests.named)
        let answer = try site.proxy.get()
        #expect(answer.status == 400)
        #expect(answer.field("pool-error") == "plain-http")
    }

    @Test(arguments: ["", "16030100c8010000c403"]) func handshakesHaveTheirTime(start: String) throws {
        let site = try Site(TLSTests.named) { $0.front.timeouts.handshake = .milliseconds(150) }
        let client = try site.proxy.connect()
        let digits = Array(start)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        try client.send(bytes)
        #expect(client.isEnded())
        #expect(site.proxy.until { site.proxy.total(.clientConnections) == 0 })
    }

    @Test func nonsenseEndsTheConnection() throws {
        let site = try Site(TLSTests.named)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let client = try site.proxy.connect()
            try client.send((0..<300).map { _ in UInt8.random(in: 0...255, using: &random) })
            client.shutdownWriting()
            _ = client.readToEnd()
            client.close()
        }
        #expect(site.proxy.until { site.proxy.total(.clientConnections) == 0 })
        #expect(try site.client(["-tls1_3"]).contains("Cipher is TLS_"))
    }

    @Test func newCertificatesAreForNewConnections() throws {
        let site = try Site(TLSTests.named)
        let other = try TestCertificate("other", for: ["a.test"], in: site.directory)
        let process = try TLSTests.holding(site)
        site.proxy.server.perform(.certificates([try other.bundle(as: site.certificates[0].files)]))
        #expect(site.proxy.until { (try? site.client([]))?.contains("subject=CN = other") == true })
        // A pair that does not fit changes nothing.
        var broken = try other.bundle(as: site.certificates[0].files)
        broken.keyPEM = try site.certificates[0].bundle().keyPEM
        site.proxy.server.perform(.certificates([broken]))
        try site.proxy.wait { reports in
            reports.contains {
                if case .failed(let text) = $0 { text.contains("the key is not that of") } else { false }
            }
        }
        #expect(try site.client([]).contains("subject=CN = other"))
        #expect(try process() == "one\n")
    }

    /// A connection from before, which asks only when it is told to.
    private static func holding(_ site: Site) throws -> () throws -> String {
        let path = "\(site.directory.path)/go"
        let ready = "\(site.directory.path)/ready"
        let script = """
            import os
            client = connect()
            open("\(ready)", "w").close()
            while not os.path.exists("\(path)"): time.sleep(0.01)
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
            print(answer(client)[1].decode())
            """
        let port = site.port
        let authority = site.certificates[0].files.certificate
        let output = Promise()
        try Thread.start(name: "client") {
            let result = try? Program.python(script, port: port, authority: authority)
            output.fulfil((result?.output ?? "") + (result?.errors ?? ""))
        }
        #expect(site.proxy.until { access(ready, F_OK) == 0 })
        return {
            try FileDescriptor.open(path, O_CREAT | O_WRONLY).writeAll([])
            return output.wait()
        }
    }

    @Test func withoutACertificateNothingIsServed() throws {
        let directory = try TestDirectory()
        let proxy = try TestProxy([try TLSTests.named(directory)], directory: directory) {
            $0.front.listeners[0].tls = TLSSpec(certificates: [CertificateFiles(certificate: "/no/a", key: "/no/b")])
        }
        let client = try proxy.connect()
        #expect(client.isEnded())
        #expect(proxy.reports.contains { if case .failed(let text) = $0 { text.contains("/no/a") } else { false } })
    }

    @Test func redirectsSendClientsToHTTPS() throws {
        let directory = try TestDirectory()
        let worker = try TLSTests.named(directory)
        let proxy = try TestProxy([worker], directory: directory) {
            $0.front.listeners[0].redirect = HTTPSRedirect(port: 8443)
        }
        let client = try proxy.connect()
        try client.send(
            "GET /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\n\r\nHEAD / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"
        )
        for location in ["https://example.org:8443/a?b=c", "https://[::1]:8443/"] {
            let answer = try client.readAnswer()
            #expect(answer.status == 301)
            #expect(answer.field("location") == location)
        }
        let post = try proxy.get("/form", method: "POST", body: "x=1")
        #expect(post.status == 308)
        #expect(post.field("location") == "https://test:8443/form")
        #expect(try proxy.get("*", method: "OPTIONS").status == 400)
        #expect(worker.requests == 0)
    }
}
