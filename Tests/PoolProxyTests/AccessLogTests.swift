import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Synchronization
import Testing

@Suite struct AccessLogTests {
    static func lines(_ path: String) -> [Substring] {
        guard let file = try? FileDescriptor.open(path, O_RDONLY), let bytes = try? file.contents(bytesMax: 1 << 20)
        else {
            return []
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    @Test func everyRequestHasALineThatSaysHowItEnded() throws {
        let directory = try TestDirectory()
        let path = directory.path + "/access.log"
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                if request.target == "/dies" { return }
                try connection.answer(request, body: "12345", fields: "X-Answer: yes\r\n")
            }
        }
        let proxy = try TestProxy([worker], directory: directory) { routes in
            let format = "%a \"%r\" %s %(B)s %b %{X-Answer}o \"%{User-Agent}i\" %{worker}x %{attempts}x %{termination}x"
            routes.front.accessLog = AccessLogSpec(format: format, path: path)
        }
        func bytes(_ answer: TestAnswer) -> String {
            "\(answer.body.count) \(answer.head.utf8.count + answer.body.count)"
        }
        let answered = try bytes(proxy.get("/a", fields: "User-Agent: te\"st\r\n"))
        let dead = try bytes(proxy.get("/dies", method: "POST", body: "x"))
        let big = try bytes(proxy.get("/big", fields: "Content-Length: 9999999\r\n", method: "POST"))
        let bad = try proxy.connect()
        try bad.send("GET /bad line HTTP/1.1\r\nHost: t\r\n\r\n")
        let refused = try bad.readAnswer()
        #expect(refused.status == 400)
        #expect(proxy.until { AccessLogTests.lines(path).count == 4 })
        #expect(
            AccessLogTests.lines(path) == [
                "127.0.0.1 \"GET /a HTTP/1.1\" 200 \(answered) yes \"te\\\"st\" test_1 1 --",
                "127.0.0.1 \"POST /dies HTTP/1.1\" 502 \(dead) - \"-\" test_1 1 SH",
                "127.0.0.1 \"POST /big HTTP/1.1\" 413 \(big) - \"-\" - 0 PR",
                "127.0.0.1 \"GET /bad line HTTP/1.1\" 400 \(bytes(refused)) - \"-\" - 0 PR",
            ]
        )
        // After a rotation the lines go to the new file, once the proxy is told.
        rename(path, path + ".1")
        proxy.server.perform(.reopenLogs)
        #expect(proxy.until { access(path, F_OK) == 0 })
        _ = try proxy.get("/b")
        #expect(proxy.until { AccessLogTests.lines(path).count == 1 })
        #expect(AccessLogTests.lines(path + ".1").count == 4)
        #expect(proxy.total(.logDropped) == 0)
    }

    /// What was noted of a request is in the form of the log that it began with; another would misread it.
    @Test func aRequestIsLoggedAsItBegan() throws {
        let directory = try TestDirectory()
        let (old, new) = (directory.path + "/old.log", directory.path + "/new.log")
        let mayAnswer = Atomic<Bool>(false)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                // Until the test says so: the pause only bounds how often it looks.
                while request.target == "/long" && !mayAnswer.load(ordering: .acquiring) { usleep(1000) }
                try connection.answer(request, body: "ok")
            }
        }
        let proxy = try TestProxy([worker], directory: directory) {
            $0.front.accessLog = AccessLogSpec(format: "\"%r\" %{User-Agent}i %s", path: old)
        }
        let client = try proxy.connect()
        try client.send("GET /long HTTP/1.1\r\nHost: t\r\nUser-Agent: ours\r\n\r\n")
        #expect(proxy.until { worker.connections == 1 })
        try proxy.publish { $0.front.accessLog = nil }
        #expect(try proxy.get("/silent").status == 200)
        try proxy.publish { $0.front.accessLog = AccessLogSpec(format: "%s \"%r\"", path: new) }
        mayAnswer.store(true, ordering: .releasing)
        #expect(try client.readAnswer().status == 200)
        #expect(proxy.until { AccessLogTests.lines(old) == ["\"GET /long HTTP/1.1\" ours 200"] })
        #expect(try proxy.get("/next").status == 200)
        #expect(proxy.until { AccessLogTests.lines(new) == ["200 \"GET /next HTTP/1.1\""] })
    }

    @Test func theDirectoryIsMadeWhereItIsMissing() throws {
        let directory = try TestDirectory()
        let path = directory.path + "/var/log/access.log"
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) {
            $0.front.accessLog = AccessLogSpec(format: "%s", path: path)
        }
        _ = try proxy.get()
        #expect(proxy.until { AccessLogTests.lines(path) == ["200"] })
        #expect(proxy.total(.logDropped) == 0)
    }

    @Test func aFullDiskCostsLinesAndNoRequest() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], directory: directory) {
            $0.front.accessLog = AccessLogSpec(format: "combined", path: "/dev/full")
        }
        for _ in 0..<50 { #expect(try proxy.get().status == 200) }
        #expect(proxy.until { proxy.total(.logDropped) == 50 })
        #expect(try proxy.get().status == 200)
    }
}
