internal import CPoolOS
private import FoundationEssentials
internal import Glibc
internal import PoolModel
internal import PoolOS

/// The engine's role of `poold`: stands where the proxy stands, and has nginx do the work.
package enum NginxProcess {
    /// Runs until it is drained, or nginx has ended; returns the exit status. Call it on the main thread.
    package static func run(_ options: EngineOptions) -> Int32 {
        do throws(SystemError) {
            let signals = FileDescriptor(adopting: try syscall("signalfd") { pool_signalfd([SIGTERM, SIGINT], 2) })
            let engine = try NginxEngine(options, try Reactor(), signals)
            try engine.open()
            engine.reactor.run()
            return engine.exitStatus
        } catch {
            let text = "nginx engine: \(error)\n"
            _ = text.withCString { write(2, $0, strlen($0)) }
            return 1
        }
    }
}

/// Translates the manager's commands into configurations and signals, and nginx's log into counters.
///
/// ```
/// routes ──> check (nginx -t) ──> HUP, or a new nginx where listeners have changed ──> old processes finish
///                └─ refused: the configuration before stays                    └─ routed
/// ```
///
/// All state is the reactor's thread's. nginx inherits the listening sockets (its variable NGINX), so the kernel
/// refuses nobody between two of them, and neither of them removes a socket's file.
final class NginxEngine {
    let reactor: Reactor
    private let options: EngineOptions
    private let signals: FileDescriptor
    private let channel: MessageChannel
    private let directory: String
    private var log: NotifySocket?
    private var counters: NginxCounters

    private var listeners: [String: FileDescriptor] = [:]
    private var table: RoutingTable?
    /// The one that serves, and those that finish what they have.
    private var master: NginxMaster?
    private var finishing: [NginxMaster] = []
    private var mastersStarted = 0
    private var isApplying = false
    private var mustApply = false
    private var drain: Duration?
    private(set) var exitStatus: Int32 = 0

    /// How often nginx's processes are looked at while they change.
    private static let pause = Duration.milliseconds(20)
    /// How long a start or a reload may take.
    private static let applyLimit = Duration.seconds(15)
    private static let linesPerRound = 256

    init(_ options: EngineOptions, _ reactor: Reactor, _ signals: FileDescriptor) throws(SystemError) {
        self.options = options
        self.reactor = reactor
        self.signals = signals
        channel = MessageChannel(options.link, on: reactor, backlogMax: 4096)
        counters = NginxCounters(options.segment, lane: options.lanes.lowerBound)
        directory = "\(options.directories.runtime)/nginx-\(options.number)"
        for path in [directory, "\(directory)/tmp"] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw SystemError("mkdir", on: path, code: errno)
        }
    }

    func open() throws(SystemError) {
        let socket = try NotifySocket(path: "\(directory)/log.sock")
        log = socket
        try reactor.watch(socket.descriptor.raw, .readable) { _ in self.readLog(roundsMax: Self.linesPerRound) }
        try reactor.watch(signals.raw, .readable) { _ in
            while pool_next_signal(self.signals.raw) > 0 { self.beginDrain(.seconds(30)) }
        }
        try channel.open(onMessage: { self.take($0, $1) }, onClose: { _ in })
        send(.ready(loops: options.lanes.count))
        watchStatus()
    }

    // MARK: - The manager

    private func take(_ payload: [UInt8], _ descriptors: [FileDescriptor]) {
        do {
            let command = try payload.withUnsafeBytes { try JSONDecoder().decode(ProxyCommand.self, from: Data($0)) }
            switch command {
            case .listen(let names):
                for (name, socket) in zip(names, descriptors) { listeners[name] = socket }
                apply()
            case .unlisten(let names):
                for name in names { listeners[name] = nil }
                apply()
            case .routes(let table):
                self.table = table
                apply()
            // nginx reads the files itself.
            case .certificates: apply()
            // Pages, holds and maintenance are the built-in engine's: the check of a profile says so.
            case .files: break
            case .reopenLogs: master?.signal(SIGUSR1)
            case .drain(let seconds): beginDrain(.seconds(min(max(seconds, 0), 86_400)))
            }
        } catch {
            send(.failed(message: "a command could not be read: \(error)"))
        }
    }

    private func send(_ report: ProxyReport) {
        guard let data = try? JSONEncoder().encode(report) else { return }
        channel.send(Array(data))
    }

    // MARK: - Applying

    /// Brings nginx to the present table and listeners, one change at a time; what comes meanwhile is next.
    private func apply() {
        guard drain == nil, let table, listeners[ProbeHeader.listener] != nil else { return }
        guard !isApplying else {
            mustApply = true
            return
        }
        isApplying = true
        let names = Set(listeners.keys)
        let isNew = master == nil || master?.hasEnded == true || master?.listeners != names
        if isNew { mastersStarted += 1 }
        let status = isNew ? "\(directory)/status-\(mastersStarted).sock" : master?.statusSocket ?? ""
        // Fronts whose sockets have not come yet would be bound by nginx itself: they are left out until then.
        var served = table
        for index in served.pools.indices {
            served.pools[index].front.listeners.removeAll { listeners[$0.address.description] == nil }
        }
        let configuration = NginxConfiguration(
            table: served,
            directory: directory,
            stateDirectory: options.directories.state,
            processes: options.lanes.count,
            user: geteuid() == 0 ? "root" : nil,
            probeSocket: options.directories.probeSocket,
            statusSocket: status
        )
        do throws(SystemError) {
            let file = try FileDescriptor.open("\(directory)/nginx.conf.new", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            try file.writeAll(Array(configuration.text.utf8), name: "nginx.conf.new")
        } catch {
            return applied(table, "\(error)")
        }
        check { isGood in
            guard isGood else { return self.applied(table, "nginx refuses its configuration; see the daemon's log") }
            rename("\(self.directory)/nginx.conf.new", "\(self.directory)/nginx.conf")
            self.counters.follow(table)
            if isNew { self.start(table, names, status) } else { self.reload(table) }
        }
    }

    /// `nginx -t`; its complaint goes to the daemon's log.
    private func check(_ completion: @escaping (Bool) -> Void) {
        do throws(SpawnFailure) {
            let child = try spawn(["-t", "-q", "-c", "\(directory)/nginx.conf.new"], inherited: [])
            wait(for: child) { completion($0 == 0) }
        } catch {
            send(.failed(message: "nginx cannot be started: \(error); is it installed?"))
            completion(false)
        }
    }

    private func start(_ table: RoutingTable, _ names: Set<String>, _ status: String) {
        do throws(SpawnFailure) {
            let sockets = listeners.filter { names.contains($0.key) }.map(\.value)
            let child = try spawn(["-c", "\(directory)/nginx.conf"], inherited: sockets)
            let started = NginxMaster(child, listeners: names, statusSocket: status)
            wait(for: child) { _ in self.ended(started) }
            let before = master
            master = started
            counters.restart()
            settle(table, since: MonotonicClock.now, until: { !started.workers.isEmpty }) {
                guard let before, !before.hasEnded else { return }
                self.finishing.append(before)
                before.signal(SIGQUIT)
            }
        } catch {
            applied(table, "nginx cannot be started: \(error)")
        }
    }

    private func reload(_ table: RoutingTable) {
        guard let master else { return applied(table, "nginx has ended") }
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
            return applied(table, nil)
        }
        guard MonotonicClock.now - start < Self.applyLimit, master?.hasEnded == false else {
            return applied(table, "nginx did not take its configuration in time")
        }
        reactor.schedule(after: Self.pause) { self.settle(table, since: start, until: condition, then: then) }
    }

    private func applied(_ table: RoutingTable, _ problem: String?) {
        isApplying = false
        if let problem {
            send(.failed(message: problem))
        } else {
            watchFinishing()
            send(.routed(version: table.version))
        }
        guard mustApply else { return }
        mustApply = false
        apply()
    }

    // MARK: - Processes

    private func spawn(_ words: [String], inherited: [FileDescriptor]) throws(SpawnFailure) -> ProcessSpawner.Child {
        // nginx may lie where only root looks.
        let path = (getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin") + ":/usr/sbin:/usr/local/sbin"
        var environment = ["PATH=\(path)"]
        var descriptors: [SpawnDescriptor] = []
        for socket in inherited { descriptors.append(SpawnDescriptor(socket, as: Int32(10 + descriptors.count))) }
        if !descriptors.isEmpty {
            environment.append("NGINX=" + descriptors.map { "\($0.target);" }.joined())
        }
        let errors = FileDescriptor(adopting: fcntl(2, F_DUPFD_CLOEXEC, 3))
        if errors.raw >= 0 { descriptors.append(SpawnDescriptor(errors, as: 2)) }
        var request = SpawnRequest(
            executable: "nginx",
            arguments: ["nginx", "-p", directory] + words,
            environment: environment
        )
        // The keeper ends what is left of our group when we have ended.
        request.session = .inherited
        return try ProcessSpawner.spawn(request, descriptors: descriptors)
    }

    private func wait(for child: ProcessSpawner.Child, _ completion: @escaping (Int32) -> Void) {
        try? reactor.watch(child.pidfd.raw, .readable) { _ in
            var status: Int32 = 0
            guard waitpid(child.pid, &status, WNOHANG) == child.pid else { return }
            self.reactor.unwatch(child.pidfd.raw)
            completion(status)
        }
    }

    private func ended(_ ended: NginxMaster) {
        ended.hasEnded = true
        finishing.removeAll { $0 === ended }
        unlink(ended.statusSocket)
        readLog(roundsMax: 4096)
        if drain != nil { return finishDrain() }
        guard ended === master else { return watchFinishing() }
        // The manager starts the next engine at once.
        send(.failed(message: "nginx has ended"))
        exitStatus = 1
        reactor.stop()
    }

    /// While processes of before finish, a worker that is to be stopped may have a request under way.
    private func watchFinishing() {
        guard let table else { return }
        let isFinishing = !finishing.isEmpty || master?.workers.contains(where: \.isFinishing) == true
        counters.mark(table, isFinishing: isFinishing)
        if isFinishing { reactor.schedule(after: .milliseconds(50)) { self.watchFinishing() } }
    }

    // MARK: - The end

    private func beginDrain(_ limit: Duration) {
        guard drain == nil else { return }
        drain = limit
        for each in finishing + [master].compactMap({ $0 }) { each.signal(SIGQUIT) }
        reactor.schedule(after: limit) {
            for each in self.finishing + [self.master].compactMap({ $0 }) { each.signal(SIGTERM) }
        }
        finishDrain()
    }

    private func finishDrain() {
        guard finishing.isEmpty, master?.hasEnded != false else { return }
        for name in ["nginx.conf", "nginx.conf.new", "log.sock", "nginx.pid"] { unlink("\(directory)/\(name)") }
        rmdir("\(directory)/tmp")
        rmdir(directory)
        send(.drained)
        reactor.stop()
    }

    // MARK: - What nginx says

    private func readLog(roundsMax: Int) {
        guard let log else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<roundsMax {
            let count = recv(log.descriptor.raw, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            if let line = NginxLogLine(String(decoding: buffer[..<count], as: UTF8.self)) { counters.count(line) }
        }
    }

    private func watchStatus() {
        reactor.schedule(after: .seconds(1)) {
            if let master = self.master, let status = master.status() {
                self.readLog(roundsMax: 4096)
                self.counters.count(status, ownRequests: master.ownRequests)
            }
            self.watchStatus()
        }
    }
}
