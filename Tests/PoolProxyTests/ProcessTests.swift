private import FoundationEssentials
import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Synchronization
import Testing

/// The role as the manager sees it: messages over the link.
@Suite struct ProcessTests {
    private final class Manager {
        let link: MessageSocket
        private var reports: [ProxyReport] = []

        init(_ link: MessageSocket) { self.link = link }

        func send(_ command: ProxyCommand, _ descriptors: [FileDescriptor] = []) throws {
            let payload = Array(try JSONEncoder().encode(command))
            #expect(try link.send(payload, descriptors: descriptors))
        }

        func next() throws -> ProxyReport {
            var poll = pollfd(fd: link.descriptor.raw, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&poll, 1, 10_000) == 1, case .message(let payload, _) = try link.receive() else {
                throw TestSocket.Failure(description: "no report came")
            }
            return try JSONDecoder().decode(ProxyReport.self, from: Data(payload))
        }
    }

    @Test func theLinkGovernsAndItsEndDoesNotStopTraffic() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let (ours, theirs) = try MessageSocket.pair()
        let segment = try StatsSegment(lanes: 4, slots: 8)
        let status = Atomic<Int32>(-1)
        try Thread.start(name: "proxy") {
            let options = ProxyOptions(link: theirs, segment: segment, lanes: 1..<3)
            status.store(ProxyProcess.run(options), ordering: .releasing)
        }
        let manager = Manager(ours)
        #expect(try manager.next() == .ready(loops: 2))
        let socket = try ListeningSocket.bind(.tcp(host: "127.0.0.1", port: 0))
        guard let port = ListeningSocket.port(of: socket) else { return }
        let front = Address.tcp(host: "127.0.0.1", port: port)
        var spec = FrontSpec()
        spec.listen = [front]
        var routes = PoolRoutes(
            name: "test",
            front: spec,
            balance: BalanceSpec(),
            workers: [TestProxy.route(0, worker.address)]
        )
        try manager.send(.routes(RoutingTable(version: 7, pools: [routes])))
        #expect(try manager.next() == .routed(version: 7))
        try manager.send(.listen(names: [front.description]), [socket])
        func get() throws -> TestAnswer {
            let client = try TestSocket(to: front)
            try client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
            return try client.readAnswer()
        }
        #expect(try get().text == "one")
        #expect(segment.value(.routesVersion, lane: 1, slot: -1) == 7)
        #expect(segment.value(.ownerPID, lane: 2, slot: -1) == UInt64(getpid()))
        try manager.send(.listen(names: ["x"]))
        #expect(try manager.next() == .failed(message: "listen: 1 names came with 0 descriptors"))
        // A table that is larger than a packet.
        routes.front.trustedProxies = (0..<4000).map { "10.0.\($0 >> 8).\($0 & 255)/32" }
        try manager.send(.routes(RoutingTable(version: 8, pools: [routes])))
        #expect(try manager.next() == .routed(version: 8))
        try manager.send(
            .routes(
                RoutingTable(
                    version: 9,
                    pools: [
                        PoolRoutes(name: "test", front: spec, balance: BalanceSpec(), workers: routes.workers)
                    ]
                )
            )
        )
        #expect(try manager.next() == .routed(version: 9))
        try manager.send(.drain(limitSeconds: 5))
        #expect(try manager.next() == .drained)
        let end = MonotonicClock.now + .seconds(5)
        // Only bounds how often it looks; the wait has a deadline.
        while status.load(ordering: .acquiring) < 0 && MonotonicClock.now < end { usleep(1000) }
        #expect(status.load(ordering: .acquiring) == 0)
        #expect(segment.value(.ownerPID, lane: 2, slot: -1) == 0)
    }
}
