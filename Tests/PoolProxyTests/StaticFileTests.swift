import Foundation
import PoolModel
import PoolProxy
import Testing

/// Files that the proxy serves itself.
@Suite struct StaticFileTests {
    struct Site {
        let directory: TestDirectory
        let proxy: TestProxy
        let worker: ScriptedWorker
        var root: String { "\(directory.path)/root" }

        init(_ configure: (inout StaticSpec) -> Void = { _ in }) throws {
            directory = try TestDirectory()
            let root = "\(directory.path)/root"
            for path in [root, "\(root)/sub", "\(directory.path)/secret"] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            worker = try ScriptedWorker("one", at: directory.socket("one"))
            var spec = StaticSpec(prefix: "/static/", root: root)
            configure(&spec)
            proxy = try TestProxy([worker], directory: directory) { $0.front.statics = [spec] }
        }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(root)/\(name)"))
        }
    }

    /// Some file systems have times that no 64 bits of microseconds hold.
    @Test func timesOfAllKindsAreServed() throws {
        let files = URL(fileURLWithPath: "/dev/shm/pool-times-\(getpid())")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        let site = try Site { $0.root = files.path }
        for second in [Int.max / 2, 99_999_999_999_999, -99_999_999_999_999, 0] {
            let file = files.appendingPathComponent("f\(second)")
            try Data("x".utf8).write(to: file)
            var times = [timespec(tv_sec: second, tv_nsec: 0), timespec(tv_sec: second, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, file.path, &times, 0) == 0)
            #expect(try site.proxy.get("/static/f\(second)").text == "x")
        }
    }

    /// A front that serves files below `/` sends nobody to a host that the path names.
    @Test func aPathIsNoHost() throws {
        let site = try Site {
            $0.prefix = "/"
            $0.index = "index.html"
        }
        try site.write("sub/index.html", "index")
        #expect(try site.proxy.get("/sub").field("location") == "/sub/")
        let location = try site.proxy.get("//sub").field("location")
        #expect(location == nil || location == "/sub/")
        #expect(try site.proxy.get("/sub/").text == "index")
    }

    @Test func filesAreServedAndTheRestGoesToWorkers() throws {
        let site = try Site { $0.maxAge = .seconds(60) }
        try site.write("a.css", "body {}")
        try site.write("empty", "")
        let client = try site.proxy.connect()
        for _ in 0..<2 {
            try client.send("GET /static/a.css?v=1 HTTP/1.1\r\nHost: t\r\n\r\n")
            let answer = try client.readAnswer()
            #expect(answer.status == 200)
            #expect(answer.text == "body {}")
            #expect(answer.field("content-type") == "text/css; charset=utf-8")
            #expect(answer.field("cache-control") == "max-age=60")
            #expect(answer.field("accept-ranges") == "bytes")
        }
        try client.send("HEAD /static/a.css HTTP/1.1\r\nHost: t\r\n\r\nGET /static/empty HTTP/1.1\r\nHost: t\r\n\r\n")
        let head = try client.readAnswer(toHead: true)
        #expect(head.field("content-length") == "7")
        #expect(try client.readAnswer().text == "")
        try client.send("GET /other HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readAnswer().text == "one")
        #expect(site.worker.requests == 1)
        #expect(try site.proxy.get("/static/a.css", method: "POST", body: "x").status == 405)
        #expect(try site.proxy.get("/static").text == "one")
        #expect(site.proxy.until { site.proxy.total(.status2xx) == 4 })
    }

    @Test func nothingLeadsOut() throws {
        let site = try Site()
        try site.write("a.css", "inside")
        try Data("secret".utf8).write(to: URL(fileURLWithPath: "\(site.directory.path)/secret/key"))
        try Data("hidden".utf8).write(to: URL(fileURLWithPath: "\(site.root)/.env"))
        for (name, target) in [("out", "../secret/key"), ("abs", "/etc/passwd"), ("dir", "../secret"), ("in", "a.css")]
        {
            try FileManager.default.createSymbolicLink(atPath: "\(site.root)/\(name)", withDestinationPath: target)
        }
        for path in [
            "out", "abs", "dir/key", "../secret/key", "..%2fsecret/key", "%2e%2e/secret/key", "sub/../../secret/key",
            "a.css%00", "%00", "", "sub", "sub/", ".env", "..", "no", "a.css/", "/etc/passwd", "//etc/passwd", "%",
        ] {
            let answer = try site.proxy.get("/static/\(path)")
            #expect(answer.status == 404, "\(path): \(answer.text)")
        }
        #expect(try site.proxy.get("/static/in").text == "inside")
        #expect(site.worker.requests == 0)
        let strict = try Site { $0.followsLinks = false }
        try strict.write("a.css", "inside")
        try FileManager.default.createSymbolicLink(atPath: "\(strict.root)/in", withDestinationPath: "a.css")
        #expect(try strict.proxy.get("/static/in").status == 404)
        #expect(try strict.proxy.get("/static/a.css").status == 200)
    }

    @Test func conditionsAreHonoured() throws {
        let site = try Site()
        try site.write("a.txt", "0123456789")
        let first = try site.proxy.get("/static/a.txt")
        let tag = try #require(first.field("etag"))
        let date = try #require(first.field("last-modified"))
        for (fields, status) in [
            ("If-None-Match: \(tag)\r\n", 304), ("If-None-Match: \"x\", W/\(tag)\r\n", 304),
            ("If-None-Match: *\r\n", 304),
            ("If-None-Match: \"x\"\r\nIf-Modified-Since: \(date)\r\n", 200), ("If-Modified-Since: \(date)\r\n", 304),
            ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 200),
            ("Range: bytes=2-4\r\nIf-Range: \(tag)\r\n", 206), ("Range: bytes=2-4\r\nIf-Range: \"x\"\r\n", 200),
        ] {
            let answer = try site.proxy.get("/static/a.txt", fields: fields, method: status == 304 ? "HEAD" : "GET")
            #expect(answer.status == status, "\(fields)")
        }
    }

    @Test func rangesAreParts() throws {
        let site = try Site()
        try site.write("a.txt", "0123456789")
        let one = try site.proxy.get("/static/a.txt", fields: "Range: bytes=2-4\r\n")
        #expect(one.status == 206)
        #expect(one.text == "234")
        #expect(one.field("content-range") == "bytes 2-4/10")
        let none = try site.proxy.get("/static/a.txt", fields: "Range: bytes=10-\r\n")
        #expect(none.status == 416)
        #expect(none.field("content-range") == "bytes */10")
        let many = try site.proxy.get("/static/a.txt", fields: "Range: bytes=0-1,-2\r\n")
        #expect(many.status == 206)
        let type = try #require(many.field("content-type"))
        let boundary = try #require(type.split(separator: "=").last)
        func part(_ range: String, _ text: String) -> String {
            "\r\n--\(boundary)\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes \(range)/10\r\n\r\n\(text)"
        }
        #expect(many.text == part("0-1", "01") + part("8-9", "89") + "\r\n--\(boundary)--\r\n")
    }

    @Test func compressedFormsAreChosen() throws {
        let site = try Site { $0.precompressed = true }
        try site.write("a.js", "plain")
        try site.write("a.js.gz", "gz")
        try site.write("a.js.br", "br")
        for (accepted, text, coding) in [
            ("gzip", "gz", "gzip"), ("gzip, br", "br", "br"), ("br;q=0, gzip;q=0.5", "gz", "gzip"),
            ("identity", "plain", nil),
        ] {
            let answer = try site.proxy.get("/static/a.js", fields: "Accept-Encoding: \(accepted)\r\n")
            #expect(answer.text == text)
            #expect(answer.field("content-encoding") == coding)
            #expect(answer.field("vary") == "Accept-Encoding")
            #expect(answer.field("content-type") == "text/javascript; charset=utf-8")
        }
    }

    @Test func largeFilesPassAtTheClientsSpeed() throws {
        let site = try Site()
        let bytes = Data((0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 9)) })
        try bytes.write(to: URL(fileURLWithPath: "\(site.root)/large.bin"))
        let client = try site.proxy.connect()
        try client.send(
            "GET /static/large.bin HTTP/1.1\r\nHost: t\r\n\r\nGET /static/large.bin HTTP/1.1\r\nHost: t\r\n\r\n"
        )
        // What the sockets hold is far less than two files: the proxy waits for us meanwhile.
        #expect(try site.proxy.get("/").text == "one")
        for _ in 0..<2 {
            let answer = try client.readAnswer()
            #expect(answer.body.count == bytes.count)
            #expect(Data(answer.body) == bytes)
        }
        #expect(site.proxy.until { site.proxy.total(.requests) == 2 })
    }

    @Test func openFilesAreBounded() throws {
        let site = try Site()
        for number in 0..<700 { try site.write("\(number).txt", "file \(number)") }
        let client = try site.proxy.connect()
        var most = 0
        for number in 0..<700 {
            try client.send("GET /static/\(number).txt HTTP/1.1\r\nHost: t\r\n\r\n")
            #expect(try client.readAnswer().text == "file \(number)")
            most = max(most, number % 50 == 0 || number == 511 ? openFiles(below: site.root) : 0)
        }
        #expect(most > 0 && most <= 513, "\(most)")
    }

    /// How many descriptors of this process lead below a directory.
    private func openFiles(below root: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.count { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            return target?.hasPrefix(root) ?? false
        }
    }

    /// What waits in the kernel is memory: only few clients have the room for a whole file at a time. One keeps it for
    /// its next file, but not where others have taken the places, nor for another answer.
    @Test func fewClientsHaveRoomForWholeFiles() throws {
        let site = try Site()
        try Data(count: 12_000_000).write(to: URL(fileURLWithPath: "\(site.root)/large.bin"))
        guard case .tcp(_, let port) = site.proxy.front else { return }
        var clients = try (0..<34).map { _ in try site.proxy.connect() }
        for client in clients { try client.send("GET /static/large.bin HTTP/1.1\r\nHost: t\r\n\r\n") }
        #expect(site.proxy.until { room(port) == [256 << 10: 2, 2 << 20: 32] }, "\(room(port))")
        // One takes its file, and its place is free: the next has it.
        #expect(try clients[0].readAnswer().body.count == 12_000_000)
        let next = try site.proxy.connect()
        try next.send("GET /static/large.bin HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(site.proxy.until { room(port) == [256 << 10: 2, 2 << 20: 33] }, "\(room(port))")
        try clients[0].send("GET /static/large.bin HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(site.proxy.until { room(port) == [256 << 10: 3, 2 << 20: 32] }, "\(room(port))")
        #expect(try clients[1].readAnswer().body.count == 12_000_000)
        try clients[1].send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(site.proxy.until { room(port) == [256 << 10: 4, 2 << 20: 31] }, "\(room(port))")
        clients.removeAll()
        // Those that went away left theirs.
        #expect(site.proxy.until { room(port) == [2 << 20: 1] }, "\(room(port))")
    }

    /// How many of the proxy's sockets let so many bytes wait.
    private func room(_ port: UInt16) -> [Int32: Int] {
        var found: [Int32: Int] = [:]
        for descriptor in Int32(3)..<4096 {
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isOurs = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
            }
            guard isOurs == 0, address.sin_family == sa_family_t(AF_INET), UInt16(bigEndian: address.sin_port) == port
            else { continue }
            var bytes: Int32 = 0
            size = socklen_t(MemoryLayout<Int32>.size)
            var isListening: Int32 = 0
            getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size)
            getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &bytes, &size)
            if isListening == 0 { found[bytes, default: 0] += 1 }
        }
        return found
    }

    @Test func aClientThatDoesNotReadIsCut() throws {
        let site = try Site()
        try Data(count: 30_000_000).write(to: URL(fileURLWithPath: "\(site.root)/large.bin"))
        try site.proxy.publish { $0.front.timeouts.send = .milliseconds(200) }
        let client = try site.proxy.connect()
        try client.send("GET /static/large.bin HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(site.proxy.until { site.proxy.total(.clientConnections) == 1 })
        #expect(site.proxy.until { site.proxy.total(.clientConnections) == 0 })
        #expect(client.readToEnd().count < 30_000_000)
    }

    @Test func filesAreServedOverTLS() throws {
        let site = try TLSTests.Site(TLSTests.named) { routes in
            routes.front.statics = [StaticSpec(prefix: "/f/", root: "/usr/bin/")]
        }
        let size = try #require(try FileManager.default.attributesOfItem(atPath: "/usr/bin/env")[.size] as? Int)
        let path = "\(site.directory.path)/got"
        let url = "https://127.0.0.1:\(site.port)/f/env"
        let curl = try Program.run("curl", ["-sk", "-o", path, "-w", "%{http_code} %{size_download}", url])
        #expect(curl.output == "200 \(size)")
        #expect(FileManager.default.contentsEqual(atPath: path, andPath: "/usr/bin/env"))
    }

    @Test func proofsAreServedWhereEverythingElseIsRedirected() throws {
        let directory = try TestDirectory()
        let proofs = "\(directory.path)/acme/.well-known/acme-challenge"
        try FileManager.default.createDirectory(atPath: proofs, withIntermediateDirectories: true)
        try Data("proof".utf8).write(to: URL(fileURLWithPath: "\(proofs)/token"))
        let worker = try TLSTests.named(directory)
        let proxy = try TestProxy([worker], directory: directory) {
            $0.front.listeners[0].redirect = HTTPSRedirect(acmeRoot: "\(directory.path)/acme")
        }
        #expect(try proxy.get("/.well-known/acme-challenge/token").text == "proof")
        #expect(try proxy.get("/.well-known/acme-challenge/none").status == 404)
        #expect(try proxy.get("/.well-known/other").field("location") == "https://test/.well-known/other")
    }
}
