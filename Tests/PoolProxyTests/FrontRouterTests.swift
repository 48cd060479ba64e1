import PoolModel
import PoolProxy
import Testing

@Suite struct FrontRouterTests {
    private let router = FrontRouter(
        [
            .init(),
            .init(names: ["example.org"]),
            .init(names: ["*.example.org"]),
            .init(names: ["*.api.example.org", "API.example.org"]),
            .init(names: ["example.org"], paths: ["/api", "/files/"]),
            .init(paths: ["/metrics"]),
        ],
        fallback: 0
    )

    private func find(_ host: String, _ path: String = "/") -> Int {
        let (host, path) = (Array(host.utf8), Array(path.utf8))
        return host.withUnsafeBufferPointer { host in path.withUnsafeBufferPointer { router.find(host, $0) } }
    }

    @Test(arguments: [
        ("example.org", 1), ("EXAMPLE.org:8443", 1), ("example.org.", 1), ("www.example.org", 2),
        ("a.b.example.org", 2), ("api.example.org", 3), ("x.api.example.org:80", 3), ("other.test", 0), ("", 0),
        ("[::1]:80", 0), (".example.org", 0), ("notexample.org", 0), (String(repeating: "a", count: 5000), 0),
    ])
    func hostsAreFound(_ host: String, _ front: Int) { #expect(find(host) == front) }

    @Test(arguments: [
        ("/api", 4), ("/api/x", 4), ("/api?x", 4), ("/apis", 1), ("/files/a", 4), ("/files", 1), ("/API", 1), ("", 1),
        ("*", 1), ("/metrics", 1),
    ])
    func pathsAreFoundWithinAHost(_ path: String, _ front: Int) { #expect(find("example.org", path) == front) }

    @Test func pathsWithoutAHost() {
        #expect(find("other.test", "/metrics?a") == 5)
        #expect(find("other.test", "/metricsx") == 0)
    }
}

/// Several pools behind one listener.
@Suite struct SharedListenerTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    @Test func eachHostReachesItsPool() throws {
        let (one, two) = (
            try ScriptedWorker("one", at: directory.socket("one")),
            try ScriptedWorker("two", at: directory.socket("two"))
        )
        let proxy = try TestProxy([one], directory: directory)
        try proxy.share("shop", slot: 1, worker: two) {
            $0.serverNames = ["shop.test"]
            $0.limits.headersMax = 8
            $0.responseHeaders = [HeaderRule(name: "X-Shop", value: "yes")]
        }
        func get(_ host: String, _ fields: String = "") throws -> TestAnswer {
            let client = try proxy.connect()
            defer { client.close() }
            try client.send("GET / HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n")
            return try client.readAnswer()
        }
        #expect(try get("test").text == "one")
        let shop = try get("Shop.test:80")
        #expect(shop.text == "two" && shop.field("x-shop") == "yes")
        // Each front's own limits, on one connection and behind one parser.
        let many = (0..<20).map { "X-\($0): 1\r\n" }.joined()
        #expect(try get("test", many).status == 200)
        #expect(try get("shop.test", many).status == 431)
        let both = try proxy.connect()
        for (host, name) in [("test", "one"), ("shop.test", "two"), ("test", "one")] {
            try both.send("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try both.readAnswer().text == name)
        }
    }
}
