import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Synchronization
import Testing

/// The end of a proxy process, and its successor.
@Suite struct DrainTests {
    @Test func aDrainAnswersWhatIsUnderWayAndEndsConnections() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                // Only bounds how often it looks; the wait has a deadline.
                if request.target == "/slow" { usleep(300_000) }
                try connection.answer(request, body: "done")
            }
        }
        let proxy = try TestProxy([worker], loops: 2, directory: directory)
        let busy = try proxy.connect()
        let between = try proxy.connect()
        try between.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try between.readAnswer().field("connection") == nil)
        try busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(proxy.until { worker.requests == 2 })
        proxy.server.perform(.drain(limitSeconds: 8))
        // It was about to send its next request: that is no reason to fail it.
        try between.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        let last = try between.readAnswer()
        #expect(last.status == 200)
        let answer = try busy.readAnswer()
        #expect(answer.text == "done")
        #expect(answer.field("connection") == "close")
        #expect(busy.isEnded())
        #expect(proxy.until { proxy.server.isFinished })
    }

    /// New requests all the while, from one process to the next: none fails, none is refused.
    @Test func aSuccessorTakesOverWithoutALostRequest() throws {
        let directory = try TestDirectory()
        let workers = try (1...2).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let first = try TestProxy(workers, loops: 2, directory: directory)
        let socket = try first.duplicateListener()
        let second = try ProxyServer(
            ProxyOptions(link: nil, segment: first.segment, lanes: 2..<4, stateDirectory: nil)
        )
        defer { second.stop() }
        var served = 0
        for number in 0..<300 {
            if number == 100 {
                second.perform(.routes(first.table))
                second.perform(.listen(names: [first.front.description]), descriptors: [socket])
            }
            if number == 150 { first.server.perform(.drain(limitSeconds: 4)) }
            let answer = try first.get()
            #expect(answer.status == 200)
            served += 1
        }
        #expect(first.until { first.server.isFinished })
        #expect(workers[0].requests + workers[1].requests == served)
        #expect(first.until { first.total(.requests, slot: 0) + first.total(.requests, slot: 1) == UInt64(served) })
    }

    /// Clients that one loop has accepted and dealt to another are on their way when the drain begins.
    @Test func manyConnectionsAtOnceSurviveTheChangeOfProcesses() throws {
        let directory = try TestDirectory()
        let workers = try (1...2).map { try ScriptedWorker("w\($0)", at: directory.socket("w\($0)")) }
        let first = try TestProxy(workers, loops: 2, directory: directory)
        let second = try ProxyServer(
            ProxyOptions(link: nil, segment: first.segment, lanes: 2..<4, stateDirectory: nil)
        )
        defer { second.stop() }
        let address = first.front
        let load = Load(threads: 8)
        for _ in 0..<8 {
            try Thread.start(name: "client") {
                while !load.isOver { load.note((try? DrainTests.get(address).status) == 200) }
                load.finish()
            }
        }
        #expect(first.until { load.served > 200 })
        second.perform(.routes(first.table))
        second.perform(.listen(names: [first.front.description]), descriptors: [try first.duplicateListener()])
        first.server.perform(.drain(limitSeconds: 4))
        #expect(first.until { first.server.isFinished })
        let before = load.served
        #expect(first.until { load.served > before + 100 })
        load.end()
        #expect(first.until { load.isFinished })
        #expect(load.failed == 0)
    }

    private static func get(_ address: Address) throws -> TestAnswer {
        let client = try TestSocket(to: address)
        defer { client.close() }
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        return try client.readAnswer()
    }

    /// A listener that is taken away accepts nobody any more; who is connected goes on.
    @Test func anUnlistenedFrontIsClosed() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try TestProxy([worker], loops: 2, directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readAnswer().status == 200)
        proxy.server.perform(.unlisten(names: [proxy.front.description]))
        proxy.closeListener()
        #expect(proxy.until { (try? proxy.connect()) == nil })
        try proxy.publish { $0.front.listen = [] }
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readAnswer().status == 200)
    }
}

/// What several threads of clients have done, and whether they are to go on.
private final class Load: Sendable {
    private let over = Atomic<Bool>(false)
    private let running: Atomic<Int>
    private let good = Atomic<Int>(0)
    private let bad = Atomic<Int>(0)

    init(threads: Int) { running = Atomic(threads) }

    var isOver: Bool { over.load(ordering: .relaxed) }
    var isFinished: Bool { running.load(ordering: .acquiring) == 0 }
    var served: Int { good.load(ordering: .relaxed) }
    var failed: Int { bad.load(ordering: .relaxed) }

    func note(_ isGood: Bool) {
        if isGood { good.wrappingAdd(1, ordering: .relaxed) } else { bad.wrappingAdd(1, ordering: .relaxed) }
    }

    func finish() { running.wrappingSubtract(1, ordering: .releasing) }
    func end() { over.store(true, ordering: .relaxed) }
}
