import Glibc
import PoolModel
import PoolOS
import PoolProxy

/// A proxy in this process, on real sockets: one pool, its front and the probe listener.
final class TestProxy {
    let server: ProxyServer
    let segment: StatsSegment
    let directory: TestDirectory
    let front: Address
    let probe: Address
    private(set) var table: RoutingTable
    private let socket: FileDescriptor
    private(set) var reports: [ProxyReport] = []

    /// Starts the proxy and waits until the table is in force.
    init(
        _ workers: [ScriptedWorker],
        loops: Int = 1,
        isRoutable: Bool = true,
        directory: TestDirectory,
        certificates: [CertificateBundle] = [],
        _ configure: (inout PoolRoutes) -> Void = { _ in }
    ) throws {
        self.directory = directory
        segment = try StatsSegment(lanes: 4, slots: max(8, workers.count))
        socket = try ListeningSocket.bind(.tcp(host: "127.0.0.1", port: 0))
        guard let port = ListeningSocket.port(of: socket) else { throw TestSocket.Failure(description: "no port") }
        front = .tcp(host: "127.0.0.1", port: port)
        probe = .unix(path: directory.path + "/probe.sock")
        var spec = FrontSpec()
        spec.listen = [front]
        var routes = PoolRoutes(name: "test", front: spec, balance: BalanceSpec(), workers: [])
        routes.workers = workers.enumerated().map { index, worker in
            TestProxy.route(index, worker.address, isRoutable: isRoutable)
        }
        configure(&routes)
        table = RoutingTable(version: 1, pools: [routes])
        server = try ProxyServer(
            ProxyOptions(link: nil, segment: segment, lanes: 0..<loops, stateDirectory: directory.path)
        )
        let probing = try ListeningSocket.bind(probe, access: .init(mode: 0o600))
        if !certificates.isEmpty { server.perform(.certificates(certificates)) }
        server.perform(.routes(table))
        server.perform(.listen(names: [front.description, ProbeHeader.listener]), descriptors: [socket, probing])
        try wait(for: .routed(version: 1))
    }

    static func route(_ index: Int, _ address: Address, isRoutable: Bool = true, life: Life = 1) -> WorkerRoute {
        WorkerRoute(
            id: WorkerID(pool: "test", number: index + 1),
            slot: index,
            address: address,
            life: life,
            isRoutable: isRoutable
        )
    }

    /// Publishes a changed table and waits until all loops use it.
    func publish(_ change: (inout PoolRoutes) -> Void) throws {
        table.version += 1
        change(&table.pools[0])
        server.perform(.routes(table))
        try wait(for: .routed(version: table.version))
    }

    /// Puts another pool behind the same listener.
    func share(
        _ name: String,
        slot: Int,
        worker: ScriptedWorker,
        _ configure: (inout FrontSpec) -> Void
    ) throws {
        var route = TestProxy.route(slot, worker.address)
        route.id = WorkerID(pool: name, number: 1)
        var pool = PoolRoutes(name: name, front: table.pools[0].front, balance: BalanceSpec(), workers: [route])
        configure(&pool.front)
        table.version += 1
        table.pools.append(pool)
        server.perform(.routes(table))
        try wait(for: .routed(version: table.version))
    }

    /// What the keeper would hand to a successor.
    func duplicateListener() throws -> FileDescriptor { try socket.duplicate() }

    /// Nobody but the proxy has it any more.
    func closeListener() { socket.close() }

    func connect(seconds: Int = 10) throws -> TestSocket { try TestSocket(to: front, seconds: seconds) }

    /// One request on a connection of its own.
    func get(_ target: String = "/", fields: String = "", method: String = "GET", body: String? = nil) throws
        -> TestAnswer
    {
        let client = try connect()
        defer { client.close() }
        let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
        try client.send("\(method) \(target) HTTP/1.1\r\nHost: test\r\n\(length)\(fields)\r\n\(body ?? "")")
        return try client.readAnswer(toHead: method == "HEAD")
    }

    /// Waits until the proxy has reported this.
    func wait(for wanted: ProxyReport) throws { try wait { $0.contains(wanted) } }

    func wait(_ isThere: ([ProxyReport]) -> Bool) throws {
        let end = MonotonicClock.now + .seconds(10)
        while !isThere(reports) {
            let left = end - MonotonicClock.now
            guard left > .zero else { throw TestSocket.Failure(description: "not reported; only \(reports)") }
            var poll = pollfd(fd: server.wakeDescriptor, events: Int16(POLLIN), revents: 0)
            _ = Glibc.poll(&poll, 1, Int32(clamping: left.millisecondsRoundedUp))
            reports += server.takeReports()
        }
    }

    /// A counter of a worker, or with slot -1 of the lanes themselves.
    func total(_ counter: StatsCounter, slot: Int = -1) -> UInt64 { segment.total(counter, slot: slot) }

    /// Waits until a figure of the statistics is as wanted: counters move just after the answer is sent.
    func until(_ isThere: () -> Bool) -> Bool {
        let end = MonotonicClock.now + .seconds(10)
        while !isThere() {
            guard MonotonicClock.now < end else { return false }
            // Only bounds how often it looks; the wait has a deadline.
            usleep(1000)
        }
        return true
    }

    /// Ends the loops.
    deinit {
        server.stop()
        let end = MonotonicClock.now + .seconds(10)
        while !server.isFinished && MonotonicClock.now < end {
            var poll = pollfd(fd: server.wakeDescriptor, events: Int16(POLLIN), revents: 0)
            _ = Glibc.poll(&poll, 1, 1000)
            _ = server.takeReports()
        }
    }
}

/// A directory that is gone with the test.
final class TestDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/pool-proxy-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestSocket.Failure(description: "mkdtemp: errno \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func socket(_ name: String) -> Address { .unix(path: "\(path)/\(name).sock") }

    /// Sockets and logs, at most two levels deep.
    deinit { TestDirectory.remove(path) }

    private static func remove(_ path: String) {
        guard unlink(path) != 0, let stream = opendir(path) else { return }
        defer {
            closedir(stream)
            rmdir(path)
        }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { remove("\(path)/\(name)") }
        }
    }
}
