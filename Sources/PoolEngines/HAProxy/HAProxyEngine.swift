internal import Glibc
internal import PoolModel
internal import PoolOS

/// Translates the manager's commands into commands of HAProxy's Runtime API, and its log and statistics into counters.
///
/// ```
/// routes ──> only servers differ ──> add server, del server, set server … ──> routed
///        └─> anything else ──> check (haproxy -c) ──> another HAProxy beside the first, which finishes ──> routed
///                                └─ refused: the one before stays
/// ```
///
/// Every HAProxy inherits the listening sockets (`bind fd@N`), so the kernel refuses nobody between two of them.
final class HAProxyEngine: Engine {
    private let host: EngineHost
    /// The slots of the servers of the present table and of those before it, by `BACKEND/NAME`.
    private var slots: [String: Int] = [:]
    /// Connections to each server when it was last looked at.
    private var connects: [String: UInt64] = [:]
    /// Workers that HAProxy's own check has found down, and the manager has been told of.
    private var suspected: [WorkerID: Life] = [:]
    private var running: HAProxyRuntime?
    private var finishing: [HAProxyRuntime] = []
    private var started = 0
    private var certificateFiles: [CertificateFiles: String] = [:]
    /// A request is under way at a worker that gets no new ones.
    private var isBusy = false
    private var isWatching = false

    var files: [String] {
        ["haproxy.cfg", "haproxy.cfg.new"] + certificateFiles.values.map { Self.lastName($0) }
    }
    var hasEnded: Bool { finishing.isEmpty && running?.hasEnded != false }

    init(_ host: EngineHost) { self.host = host }

    // MARK: - Applying

    func apply(_ table: RoutingTable, served: RoutingTable) {
        for worker in table.pools.flatMap(\.workers).map({ HAProxyServer($0) }) {
            slots[worker.name] = worker.slot
            slots[worker.probeName] = worker.slot
        }
        host.counters.follow(table)
        do throws(SystemError) {
            try writeCertificates()
        } catch {
            return host.applied(table, "\(error)")
        }
        let names = host.listeners.keys.sorted()
        var configuration = configuration(served, names, running?.controlSocket ?? "")
        if let running, !running.hasEnded, running.listeners == Set(names), running.fixed == configuration.fixed,
            canChange(running, to: configuration.servers)
        {
            guard let problem = running.change(to: served) else {
                watchBusy()
                return host.applied(table, nil)
            }
            // It may stand half way: another one is started from the file, which is whole.
            host.send(.failed(message: "HAProxy's Runtime API: \(problem); another HAProxy takes over"))
        }
        started += 1
        configuration = self.configuration(served, names, "\(host.directory)/admin-\(started).sock")
        start(table, configuration, names)
    }

    private func configuration(_ table: RoutingTable, _ names: [String], _ controlSocket: String)
        -> HAProxyConfiguration
    {
        var descriptors: [String: Int32] = [:]
        for (index, name) in names.enumerated() { descriptors[name] = EngineHost.firstSocket + Int32(index) }
        return HAProxyConfiguration(
            table: table,
            directory: host.directory,
            controlSocket: controlSocket,
            threads: host.options.lanes.count,
            descriptors: descriptors,
            certificates: certificateFiles,
            certificatesVersion: host.certificatesVersion
        )
    }

    /// A server keeps its address and its number for its life.
    private func canChange(_ running: HAProxyRuntime, to servers: [HAProxyServer]) -> Bool {
        servers.allSatisfy { server in
            (running.servers[server.id] ?? running.leaving[server.id])?.isSamePlace(as: server) ?? true
        }
    }

    /// HAProxy wants a certificate and its key in one file; the manager has read them for us.
    private func writeCertificates() throws(SystemError) {
        for bundle in host.certificates.values {
            let name =
                certificateFiles[bundle.files].map { Self.lastName($0) } ?? "tls-\(certificateFiles.count + 1).pem"
            try host.write(bundle.certificatePEM + "\n" + bundle.keyPEM, to: name)
            certificateFiles[bundle.files] = "\(host.directory)/\(name)"
        }
    }

    private static func lastName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private func start(_ table: RoutingTable, _ configuration: HAProxyConfiguration, _ names: [String]) {
        let file = "\(host.directory)/haproxy.cfg"
        do throws(SystemError) {
            try host.write(configuration.text, to: "haproxy.cfg.new")
        } catch {
            return host.applied(table, "\(error)")
        }
        let sockets = names.compactMap { host.listeners[$0] }
        host.check(["-c", "-f", file + ".new"], inherited: sockets) { problem in
            if let problem { return self.host.applied(table, problem) }
            rename(file + ".new", file)
            do throws(SpawnFailure) {
                let child = try self.host.spawn(["-db", "-q", "-f", file], inherited: sockets)
                let next = HAProxyRuntime(
                    child,
                    controlSocket: configuration.controlSocket,
                    listeners: Set(names),
                    fixed: configuration.fixed,
                    servers: configuration.servers
                )
                self.host.wait(for: child) { _ in self.ended(next) }
                self.settle(table, next, since: MonotonicClock.now)
            } catch {
                self.host.applied(table, "HAProxy cannot be started: \(error)")
            }
        }
    }

    /// Waits until the next HAProxy answers, then lets the one before finish.
    private func settle(_ table: RoutingTable, _ next: HAProxyRuntime, since start: Duration) {
        if next.status != nil {
            if let before = running, !before.hasEnded {
                finishing.append(before)
                before.signal(SIGUSR1)
            }
            running = next
            connects = [:]
            host.counters.restart()
            watchBusy()
            return host.applied(table, nil)
        }
        guard !next.hasEnded, MonotonicClock.now - start < EngineHost.applyLimit else {
            next.signal(SIGKILL)
            return host.applied(table, "HAProxy did not take its configuration in time")
        }
        host.reactor.schedule(after: EngineHost.pause) { self.settle(table, next, since: start) }
    }

    // MARK: - Processes

    private func ended(_ ended: HAProxyRuntime) {
        ended.hasEnded = true
        finishing.removeAll { $0 === ended }
        unlink(ended.controlSocket)
        host.ended(wasServing: ended === running)
    }

    private var all: [HAProxyRuntime] { finishing + [running].compactMap { $0 } }

    func finish() { for each in all { each.signal(SIGUSR1) } }

    func cut() { for each in all { each.signal(SIGTERM) } }

    /// It writes none: each request is told to us, over a socket.
    func reopenLogs() {}

    // MARK: - What HAProxy says

    func exchange(_ line: String) -> EngineExchange? {
        guard let line = HAProxyLogLine(line) else { return nil }
        var exchange = EngineExchange()
        exchange.isProbe = line.isProbe
        exchange.status = line.status
        exchange.microseconds = line.microseconds
        exchange.bytesIn = line.bytesIn
        exchange.bytesOut = line.bytesOut
        exchange.slot = slots[line.server]
        exchange.retries = line.retries
        exchange.ending = line.ending
        return exchange
    }

    func observe() {
        guard let status = look(), let running else { return }
        host.readLog(roundsMax: 4096)
        host.counters.compare(
            requests: status.requests,
            underWay: status.connections,
            accepted: status.accepted
        )
        host.counters.set(.queued, status.queued)
        for (name, server) in status.servers {
            guard let slot = slots[name] else { continue }
            let before = connects[name] ?? 0
            if server.connects > before { host.counters.add(.connects, server.connects - before, slot: slot) }
            connects[name] = server.connects
        }
        for server in running.servers.values { suspect(server, status.servers[server.name]) }
        running.sweep()
    }

    /// What its own check found is told to the manager once, which decides for how long the worker stays out.
    private func suspect(_ server: HAProxyServer, _ state: HAProxyStatus.Server?) {
        guard server.isRoutable, let state, state.isDown else { return suspected[server.id] = nil }
        guard suspected[server.id] != server.life else { return }
        suspected[server.id] = server.life
        let detail = "HAProxy's check finds it down (\(state.check))"
        host.send(.suspect(worker: server.id, life: server.life, failures: 0, detail: detail))
    }

    /// Requests under way at each worker, as HAProxy counts them.
    ///
    /// A process that finishes may not answer any more: something may then be under way at a worker that drains.
    private func look() -> HAProxyStatus? {
        guard let running, let table = host.table, let status = running.status else { return nil }
        let others = finishing.map(\.status)
        isBusy = false
        for worker in table.pools.flatMap(\.workers) {
            let name = HAProxyServer(worker).name
            var count = status.servers[name]?.inFlight ?? 0
            for other in others { count += other?.servers[name]?.inFlight ?? (worker.isRoutable ? 0 : 1) }
            host.counters.setInFlight(count, slot: worker.slot)
            isBusy = isBusy || (count > 0 && !worker.isRoutable)
        }
        return status
    }

    /// Looks more often while a worker waits for its last request, or a server for its end.
    private func watchBusy() {
        _ = look()
        guard !isWatching, let running else { return }
        guard isBusy || !finishing.isEmpty || !running.leaving.isEmpty else { return }
        isWatching = true
        host.reactor.schedule(after: .milliseconds(50)) {
            self.isWatching = false
            if !running.leaving.isEmpty { running.sweep() }
            self.watchBusy()
        }
    }
}
