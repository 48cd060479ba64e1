internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import PoolOS

/// Translates the manager's commands into configurations and signals, and nginx's log into counters.
///
/// ```
/// routes ──> check (nginx -t) ──> HUP, or a new nginx where listeners have changed ──> old processes finish
///                └─ refused: the configuration before stays                    └─ routed
/// ```
///
/// nginx inherits the listening sockets (its variable NGINX), so the kernel refuses nobody between two of them, and
/// neither of them removes a socket's file.
final class NginxEngine: Engine {
    private let host: EngineHost
    /// The slots of the present table and of those before it, whose requests may still end.
    private var slots: [Address: Int] = [:]
    /// The one that serves, and those that finish what they have.
    private var master: NginxMaster?
    private var finishing: [NginxMaster] = []
    private var mastersStarted = 0

    let files = ["nginx.conf", "nginx.conf.new", "nginx.pid"]
    var hasEnded: Bool { finishing.isEmpty && master?.hasEnded != false }

    init(_ host: EngineHost) { self.host = host }

    // MARK: - Applying

    func apply(_ table: RoutingTable, served: RoutingTable) {
        let names = Set(host.listeners.keys)
        let isNew = master == nil || master?.hasEnded == true || master?.listeners != names
        if isNew { mastersStarted += 1 }
        let status = isNew ? "\(host.directory)/status-\(mastersStarted).sock" : master?.statusSocket ?? ""
        let configuration = NginxConfiguration(
            table: served,
            directory: host.directory,
            stateDirectory: host.options.directories.state,
            processes: host.options.lanes.count,
            user: geteuid() == 0 ? "root" : nil,
            probeSocket: host.options.directories.probeSocket,
            statusSocket: status
        )
        do throws(SystemError) {
            try host.write(configuration.text, to: "nginx.conf.new")
        } catch {
            return host.applied(table, "\(error)")
        }
        host.check(words(["-t", "-q", "-c", "\(host.directory)/nginx.conf.new"])) { problem in
            if let problem { return self.host.applied(table, problem) }
            rename("\(self.host.directory)/nginx.conf.new", "\(self.host.directory)/nginx.conf")
            for worker in table.pools.flatMap(\.workers) { self.slots[worker.address] = worker.slot }
            self.host.counters.follow(table)
            if isNew { self.start(table, names, status) } else { self.reload(table) }
        }
    }

    private func words(_ words: [String]) -> [String] { ["-p", host.directory] + words }

    private func start(_ table: RoutingTable, _ names: Set<String>, _ status: String) {
        do throws(SpawnFailure) {
            let sockets = host.listeners.filter { names.contains($0.key) }.map(\.value)
            let numbers = sockets.indices.map { "\(EngineHost.firstSocket + Int32($0));" }
            let child = try host.spawn(
                words(["-c", "\(host.directory)/nginx.conf"]),
                environment: ["NGINX=" + numbers.joined()],
                inherited: sockets
            )
            let started = NginxMaster(child, listeners: names, statusSocket: status)
            host.wait(for: child) { _ in self.ended(started) }
            let before = master
            master = started
            host.counters.restart()
            settle(table, since: MonotonicClock.now, until: { !started.workers.isEmpty }) {
                guard let before, !before.hasEnded else { return }
                self.finishing.append(before)
                before.signal(SIGQUIT)
            }
        } catch {
            host.applied(table, "nginx cannot be started: \(error)")
        }
    }

    private func reload(_ table: RoutingTable) {
        guard let master else { return host.applied(table, "nginx has ended") }
        let before = Set(master.workers.map(\.pid))
        master.signal(SIGHUP)
        settle(
            table,
            since: MonotonicClock.now,
            until: {
                let now = master.workers
                let isNew = now.contains { !before.contains($0.pid) && !$0.isFinishing }
                return isNew && now.allSatisfy { !before.contains($0.pid) || $0.isFinishing }
            },
            then: {}
        )
    }

    /// Waits until nginx's processes are those of the new configuration.
    private func settle(
        _ table: RoutingTable,
        since start: Duration,
        until condition: @escaping () -> Bool,
        then: @escaping () -> Void
    ) {
        if condition() {
            then()
            watchFinishing()
            return host.applied(table, nil)
        }
        guard MonotonicClock.now - start < EngineHost.applyLimit, master?.hasEnded == false else {
            return host.applied(table, "nginx did not take its configuration in time")
        }
        host.reactor.schedule(after: EngineHost.pause) {
            self.settle(table, since: start, until: condition, then: then)
        }
    }

    // MARK: - Processes

    private func ended(_ ended: NginxMaster) {
        ended.hasEnded = true
        finishing.removeAll { $0 === ended }
        unlink(ended.statusSocket)
        host.ended(wasServing: ended === master)
        if ended !== master { watchFinishing() }
    }

    /// While processes of before finish, a worker that is to be stopped may have a request under way.
    private func watchFinishing() {
        guard let table = host.table else { return }
        let isFinishing = !finishing.isEmpty || master?.workers.contains(where: \.isFinishing) == true
        for worker in table.pools.flatMap(\.workers) {
            host.counters.setInFlight(isFinishing && !worker.isRoutable ? 1 : 0, slot: worker.slot)
        }
        if isFinishing { host.reactor.schedule(after: .milliseconds(50)) { self.watchFinishing() } }
    }

    private var all: [NginxMaster] { finishing + [master].compactMap { $0 } }

    func finish() { for each in all { each.signal(SIGQUIT) } }

    func cut() { for each in all { each.signal(SIGTERM) } }

    func reopenLogs() { master?.signal(SIGUSR1) }

    // MARK: - What nginx says

    func exchange(_ line: String) -> EngineExchange? {
        guard let line = NginxLogLine(line) else { return nil }
        var exchange = EngineExchange()
        exchange.isProbe = line.isProbe
        exchange.status = line.status
        exchange.microseconds = line.microseconds
        exchange.bytesIn = line.bytesIn
        exchange.bytesOut = line.bytesOut
        exchange.slot = line.workers.last.flatMap { slots[$0] }
        exchange.failed = line.workers.dropLast().compactMap { slots[$0] }
        if line.status == 499 {
            exchange.ending = Termination(.client, .header)
        } else if !line.isAnswered {
            exchange.ending = Termination(line.status == 504 ? .workerTimeout : .worker, .header)
        }
        return exchange
    }

    func observe() {
        guard let master, let status = master.status() else { return }
        host.readLog(roundsMax: 4096)
        let requests = status.requests > master.ownRequests ? status.requests - master.ownRequests : 0
        host.counters.compare(requests: requests, underWay: status.active, accepted: status.accepted)
    }
}
