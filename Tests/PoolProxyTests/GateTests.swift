import PoolModel
import PoolOS
import PoolProxy
import Testing

/// A front that is held or in maintenance, and the pages that clients see.
@Suite struct GateTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func gate(
        _ kind: FrontGate.Kind,
        seconds: Double?,
        _ afterwards: FrontGate.Afterwards = .refuse
    ) -> FrontGate {
        let now = WallClock.now
        return FrontGate(
            kind: kind,
            until: seconds.map { Timestamp(microseconds: now.microseconds + Int64($0 * 1_000_000)) },
            afterwards: afterwards,
            retryAfter: 7,
            since: now
        )
    }

    private func worker() throws -> ScriptedWorker {
        try ScriptedWorker("one", at: directory.socket("one"))
    }

    @Test func aHoldEndsWithAllWhoWaited() throws {
        let worker = try worker()
        let proxy = try TestProxy([worker], directory: directory)
        try proxy.publish { $0.gate = gate(.hold, seconds: 60) }
        let clients = try (0..<5).map { _ in try proxy.connect() }
        for client in clients { try client.send("GET /waits HTTP/1.1\r\nHost: test\r\n\r\n") }
        #expect(proxy.until { proxy.total(.queued) == 5 })
        #expect(worker.requests == 0)
        try proxy.publish { $0.gate = nil }
        for client in clients { #expect(try client.readAnswer().status == 200) }
        #expect(worker.requests == 5)
    }

    @Test func aHoldThatIsOverRefuses() throws {
        let proxy = try TestProxy([try worker()], directory: directory)
        try proxy.publish { $0.gate = gate(.hold, seconds: 0.2) }
        // The first one waits until the end of the hold, the second comes behind it.
        for _ in 0..<2 {
            let answer = try proxy.get()
            #expect(answer.status == 503 && answer.field("pool-error") == "held" && answer.field("retry-after") == "7")
        }
    }

    @Test func aHoldMayEndByServing() throws {
        let proxy = try TestProxy([try worker()], directory: directory)
        try proxy.publish { $0.gate = gate(.hold, seconds: 0.2, .serve) }
        #expect(try proxy.get().status == 200)
        #expect(try proxy.get().status == 200)
    }

    @Test func theQueueBoundsAHold() throws {
        let proxy = try TestProxy([try worker()], directory: directory) { $0.front.limits.queueMax = 1 }
        try proxy.publish { $0.gate = gate(.hold, seconds: 60) }
        let first = try proxy.connect()
        try first.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(proxy.until { proxy.total(.queued) == 1 })
        #expect(try proxy.get().field("pool-error") == "queue-full")
        try proxy.publish { $0.gate = nil }
        #expect(try first.readAnswer().status == 200)
    }

    @Test func maintenanceAnswersWithItsPage() throws {
        let page = "<h1>back at ten</h1>"
        let proxy = try TestProxy([try worker()], directory: directory)
        proxy.server.perform(.files([FrontFile(path: "/p/back.html", text: page)]))
        try proxy.publish {
            $0.front.maintenance.page = "/p/back.html"
            $0.gate = gate(.maintenance, seconds: nil)
        }
        let answer = try proxy.get()
        #expect(answer.status == 503 && answer.text == page)
        #expect(answer.field("content-type") == "text/html; charset=utf-8" && answer.field("retry-after") == "7")
        #expect(answer.field("pool-error") == "maintenance")
        let head = try proxy.get(method: "HEAD")
        #expect(head.field("content-length") == "\(page.utf8.count)" && head.text.isEmpty)
        let json = try proxy.get(fields: "Accept: application/json\r\n")
        #expect(json.field("content-type") == "application/problem+json" && json.status == 503)
        // Those who are named get through, and probes always do.
        try proxy.publish { $0.front.maintenance.allow = ["127.0.0.0/8"] }
        #expect(try proxy.get().status == 200)
        try proxy.publish { $0.gate = gate(.maintenance, seconds: 0.001, .serve) }
        #expect(try proxy.get().status == 200)
    }

    @Test func errorsHaveTheirPages() throws {
        let proxy = try TestProxy([], directory: directory) {
            $0.front.errorPages = [
                ErrorPageSpec(statuses: [502, 503], file: "/p/50x.html"),
                ErrorPageSpec(statuses: [400], file: "/p/gone"),
            ]
        }
        #expect(try proxy.get().text.contains("no worker"), "a page that never came")
        proxy.server.perform(.files([FrontFile(path: "/p/50x.html", text: "sorry")]))
        try proxy.publish { $0.isHolding = false }
        let answer = try proxy.get()
        #expect(answer.status == 503 && answer.text == "sorry" && answer.field("pool-error") == "no-worker")
        let malformed = try proxy.get(fields: "Bad Field: x\r\n")
        #expect(malformed.status == 400 && malformed.text.contains("400 Bad Request"))
    }
}
