import Glibc
import PoolModel
import PoolProxy
import Testing

/// The private listener by which health is asked.
@Suite struct ProbeTests {
    private func probe(_ proxy: TestProxy, _ worker: String?) throws -> TestAnswer {
        let client = try TestSocket(to: proxy.probe)
        let field = worker.map { "Pool-Worker: \($0)\r\n" } ?? ""
        try client.send("GET /health HTTP/1.1\r\nHost: t\r\n\(field)\r\n")
        return try client.readAnswer()
    }

    @Test func theHeaderNamesTheWorkerRoutableOrNot() throws {
        let directory = try TestDirectory()
        let workers = try (1...2).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let proxy = try TestProxy(workers, isRoutable: false, directory: directory)
        for _ in 0..<3 {
            #expect(try probe(proxy, "test_1").text == "w1")
            #expect(try probe(proxy, "test_2").text == "w2")
        }
        // What the one before has named is forgotten.
        for worker in [nil, "nopool_1", "test_9"] {
            #expect(try probe(proxy, worker).error == "no-worker; scope=probe")
        }
        #expect(!workers[0].received.contains("Pool-Worker"))
        #expect(proxy.until { proxy.total(.probes, slot: 0) == 3 })
        #expect(proxy.total(.requests, slot: 0) == 0)
        #expect(try proxy.get().status == 503)
    }

    @Test func whatFailsIsNamedWithItsPhase() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            try connection.socket.send("HTTP/1.1 2")
        }
        let gone = try ScriptedWorker("gone", at: directory.socket("gone"))
        let proxy = try TestProxy([worker, gone], directory: directory)
        gone.kill()
        #expect(try probe(proxy, "test_2").error == "connect-failed; errno=\(ENOENT); phase=connect; worker=test_2")
        #expect(try probe(proxy, "test_1").error == "worker-closed; phase=header; part=head; worker=test_1")
        #expect(try probe(proxy, "test_9").error == "no-worker; scope=probe")
        #expect(try probe(proxy, nil).error == "no-worker; scope=probe")
        // A probe takes nobody out of the rotation: that is for its result to do.
        // Probes are no traffic: they count only as probes.
        #expect(proxy.total(.connectFailures, slot: 1) == 0)
        #expect(proxy.reports.allSatisfy { if case .connectFailed = $0 { false } else { true } })
    }

    @Test func clientsCannotNameAWorker() throws {
        let directory = try TestDirectory()
        let workers = try (1...2).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let proxy = try TestProxy(workers, directory: directory)
        for _ in 0..<4 { _ = try proxy.get(fields: "Pool-Worker: test_1\r\n") }
        #expect(workers.map(\.requests) == [2, 2])
        #expect(!workers[0].received.contains("Pool-Worker"))
    }
}
