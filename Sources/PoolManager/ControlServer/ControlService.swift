internal import Glibc
internal import NIOPosix
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolTLS

/// All that the daemon serves beside its pools, as `poold.toml` says: the control socket, metrics, and the logs and
/// figures that it sends on.
///
/// A file with mistakes never keeps a pool from running. At the start of a manager nothing of the access that it was to
/// give is given; at a reload what ran before goes on.
///
/// State: the main thread's, which is the reactor's and the manager's.
// Unchecked: the closure that reloads is run by the manager, on the main thread.
final class ControlService: @unchecked Sendable {
    private let manager: Manager
    private let directories: Directories
    private let log: DaemonLog
    private let path: String?
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let server: ControlServer
    private var configuration: DaemonConfiguration
    /// Those that listen for metrics, by their addresses.
    private var metrics: [Address: Task<Void, Never>] = [:]
    /// Those that listen for other hosts.
    private var remotes: [Address: (task: Task<Void, Never>, context: RemoteContext)] = [:]
    private var shippers: [LogReceiver: Task<Void, Never>] = [:]
    private var statsd: Task<Void, Never>?
    /// What the present tasks were begun with.
    private var applied = DaemonConfiguration()
    private var watch: ControlSocketWatch
    /// Those that serve the control socket: the present one, and one whose file was taken away, for its connections.
    private var control: [Task<Void, Never>] = []
    private let keep: (FileDescriptor) -> Void

    /// - Parameter keep: Has the keeper keep a new control socket in the old one's place.
    init(manager: Manager, directories: Directories, log: DaemonLog, keep: @escaping (FileDescriptor) -> Void) {
        self.manager = manager
        self.keep = keep
        watch = ControlSocketWatch(directories)
        self.directories = directories
        self.log = log
        path = DaemonConfiguration.path(environment: Bootstrap.environment, userID: geteuid())
        configuration = DaemonConfiguration.read(path)
        let audit = AuditLog(path: "\(directories.state)/audit.ndjson") { [log] failure in
            log.write(.error, "the audit log cannot be written: \(failure)", at: WallClock.now)
        }
        server = ControlServer(
            router: ControlRouter(manager: manager),
            settings: configuration.settings,
            group: group,
            audit: audit
        )
    }

    /// Serves the control socket, and what else the configuration says.
    func begin(listener: FileDescriptor) {
        for problem in configuration.problems { report(.error, "the daemon's configuration: \(problem)") }
        apply()
        serve(listener)
        // It runs on the reactor, which is the manager's executor.
        manager.assumeIsolated { manager in
            manager.reconfigure = { [weak self] in self?.reload(isDryRun: $0) }
        }
    }

    private func serve(_ listener: FileDescriptor) {
        // The server closes what it gets; the keeper has the socket too.
        let descriptor = listener.release()
        control.append(run("the control socket") { [server] in try await server.run(listener: descriptor) })
        if control.count > 2 { control.removeFirst().cancel() }
    }

    /// Once a second: whether clients still find the control socket.
    func look() {
        let path = directories.controlSocket
        switch watch.look() {
        case nil: break
        case .found: report(.notice, "the control socket \(path) is there again")
        case .lost(let reason):
            report(
                .error,
                "the control socket \(path) is gone and cannot be made again: \(reason); nobody can reach the daemon,"
                    + " requests are served as before, and it is tried again every second"
            )
        case .replaced(let socket):
            keep(socket)
            serve(socket)
            if configuration.settings.rules.namesOthers { letIn() }
            report(.warning, "the control socket \(path) was taken away; it was made again")
        }
    }

    /// Reads the file again; nil where there is none and was none.
    func reload(isDryRun: Bool) -> ConfigurationReload? {
        guard let path else { return nil }
        let wanted = DaemonConfiguration.read(path)
        var outcome = ConfigurationReload(path: path, outcome: .unchanged, problems: wanted.problems)
        if !wanted.problems.isEmpty {
            outcome.outcome = .refused
            guard !isDryRun else { return outcome }
            report(.error, "reload of the daemon's configuration refused, the old one stays: \(wanted.problems[0])")
        } else if wanted != configuration {
            outcome.outcome = isDryRun ? .differs : .applied
            guard !isDryRun else { return outcome }
            configuration = wanted
            apply()
            report(.notice, "the daemon's configuration \(path) was applied")
        } else if access(path, F_OK) != 0 {
            return nil
        } else if !isDryRun {
            // Certificates may have been renewed.
            serveRemote()
        }
        return outcome
    }

    /// Makes what runs what the configuration says.
    private func apply() {
        let settings = configuration.settings
        server.set(settings)
        if settings.rules.namesOthers { letIn() }
        for address in metrics.keys where !configuration.metrics.contains(address) {
            metrics.removeValue(forKey: address)?.cancel()
        }
        for address in configuration.metrics where metrics[address] == nil {
            metrics[address] = listen("metrics", at: address) { [server] in try await server.runMetrics(listener: $0) }
        }
        serveRemote()
        ship()
        applied = configuration
    }

    /// Files are read anew each time: a reload brings a renewed certificate to the next connections.
    private func serveRemote() {
        let wanted = configuration.remote?.listen ?? []
        for address in remotes.keys where !wanted.contains(address) {
            remotes.removeValue(forKey: address)?.task.cancel()
        }
        guard let remote = configuration.remote else { return }
        let context: MutualTLSContext
        do throws(CertificateReader.Failure) {
            context = try remote.context()
        } catch {
            return report(.error, "other hosts are not answered as [remote] says: \(error.description)")
        }
        for address in wanted {
            if let known = remotes[address] {
                known.context.set(context)
                continue
            }
            let holder = RemoteContext(context)
            let task = listen("control", at: address) { [server] in
                try await server.runRemote(listener: $0, holder)
            }
            if let task { remotes[address] = (task, holder) }
        }
    }

    /// Begins what sends on logs and figures, and ends what no longer is to.
    private func ship() {
        for receiver in shippers.keys
        where !configuration.receivers.contains(receiver) || configuration.contents != applied.contents {
            shippers.removeValue(forKey: receiver)?.cancel()
        }
        for receiver in configuration.receivers where shippers[receiver] == nil {
            let file = PositionFile(directory: directories.state, receiver: receiver)
            let shipper = LogShipper(manager: manager, receiver: receiver, contents: configuration.contents, file: file)
            shippers[receiver] = run("sending logs to \(receiver)") { try await shipper.run() }
        }
        guard configuration.statsd != applied.statsd else { return }
        statsd?.cancel()
        statsd = configuration.statsd.map { settings in
            let reporter = StatsDReporter(manager: manager, settings: settings)
            return run("StatsD at \(settings.address)") { try await reporter.run() }
        }
    }

    /// Opens the socket to everybody: who may do what is then decided by the peer's credentials alone.
    private func letIn() {
        do throws(SystemError) {
            try directories.openRuntimeToWorkers()
            let path = directories.controlSocket
            try syscall("chmod", on: path) { chmod(path, 0o666) }
        } catch {
            report(.error, "those whom [access] names cannot reach the control socket: \(error)")
        }
    }

    private func listen(
        _ what: String,
        at address: Address,
        _ body: @escaping @Sendable (Int32) async throws -> Void
    ) -> Task<Void, Never>? {
        do throws(SystemError) {
            let descriptor = try ListeningSocket.bind(address, backlog: 64).release()
            return run("\(what) at \(address)") { try await body(descriptor) }
        } catch {
            report(.error, "\(what) cannot be served at \(address): \(error)")
            return nil
        }
    }

    @discardableResult
    private func run(_ what: String, _ body: @escaping @Sendable () async throws -> Void) -> Task<Void, Never> {
        let log = log
        // Not structured: it lives as long as the process, or until the configuration says otherwise.
        return Task {
            do {
                try await body()
            } catch is CancellationError {
            } catch {
                log.write(.error, "\(what) failed: \(error)", at: WallClock.now)
            }
        }
    }

    private func report(_ severity: PoolEvent.Severity, _ text: String) {
        // It runs on the reactor, which is the manager's executor.
        manager.assumeIsolated { $0.report(severity, .daemon, nil, text) }
    }
}
