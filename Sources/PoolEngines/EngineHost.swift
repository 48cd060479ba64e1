internal import CPoolOS
private import FoundationEssentials
internal import Glibc
internal import PoolModel
internal import PoolOS

/// What every engine needs, whatever program it runs: the link to the manager, the sockets and the table, the log of
/// requests, children, and the end.
///
/// Changes are applied one at a time. All state is the reactor's thread's.
final class EngineHost {
    let kind: ProxyEngine
    let reactor: Reactor
    let options: EngineOptions
    /// The engine's own directory.
    let directory: String
    var engine: (any Engine)?
    var counters: EngineCounters

    private let signals: FileDescriptor
    private let channel: MessageChannel
    private var log: NotifySocket?
    private(set) var listeners: [String: FileDescriptor] = [:]
    /// What the certificates' files hold, for engines whose program shall not read them itself.
    private(set) var certificates: [CertificateFiles: CertificateBundle] = [:]
    /// One more for each change of the certificates.
    private(set) var certificatesVersion = 0
    private(set) var table: RoutingTable?
    private var isApplying = false
    private var mustApply = false
    private var isDraining = false
    private(set) var exitStatus: Int32 = 0

    /// How often a program's processes are looked at while they change.
    static let pause = Duration.milliseconds(20)
    /// How long a start or a reload may take.
    static let applyLimit = Duration.seconds(15)
    private static let linesPerRound = 256

    init(_ kind: ProxyEngine, _ options: EngineOptions, _ reactor: Reactor, _ signals: FileDescriptor)
        throws(SystemError)
    {
        self.kind = kind
        self.options = options
        self.reactor = reactor
        self.signals = signals
        channel = MessageChannel(options.link, on: reactor, backlogMax: 4096)
        counters = EngineCounters(options.segment, lane: options.lanes.lowerBound)
        directory = "\(options.directories.runtime)/\(kind.rawValue)-\(options.number)"
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
        observe()
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
            case .certificates(let bundles):
                for bundle in bundles { certificates[bundle.files] = bundle }
                certificatesVersion += 1
                apply()
            // Pages, holds and maintenance are the built-in engine's: the check of a profile says so.
            case .files, .ticketKeys: break
            case .reopenLogs: engine?.reopenLogs()
            case .drain(let seconds): beginDrain(.seconds(min(max(seconds, 0), 86_400)))
            }
        } catch {
            send(.failed(message: "a command could not be read: \(error)"))
        }
    }

    func send(_ report: ProxyReport) {
        guard let data = try? JSONEncoder().encode(report) else { return }
        channel.send(Array(data))
    }

    // MARK: - Applying

    /// Brings the program to the present table and listeners; what comes meanwhile is next.
    private func apply() {
        guard !isDraining, let table, listeners[ProbeHeader.listener] != nil else { return }
        guard !isApplying else {
            mustApply = true
            return
        }
        isApplying = true
        // Fronts whose sockets have not come yet would be bound by the program itself: they are left out until then.
        var served = table
        for index in served.pools.indices {
            served.pools[index].front.listeners.removeAll { listeners[$0.address.description] == nil }
        }
        engine?.apply(table, served: served)
    }

    /// The engine serves a table, or says why it does not: then the one before stays.
    func applied(_ table: RoutingTable, _ problem: String?) {
        isApplying = false
        send(problem.map { .failed(message: $0) } ?? .routed(version: table.version))
        guard mustApply else { return }
        mustApply = false
        apply()
    }

    /// Writes a file that nobody else may read.
    func write(_ text: String, to name: String) throws(SystemError) {
        let file = try FileDescriptor.open("\(directory)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try file.writeAll(Array(text.utf8), name: name)
    }

    // MARK: - Processes

    /// The first descriptor that a listening socket becomes in a child.
    static let firstSocket: Int32 = 10

    /// Starts the program, which ends when we do.
    ///
    /// - Parameter inherited: become ``firstSocket`` and the following ones.
    func spawn(
        _ words: [String],
        environment: [String] = [],
        inherited: [FileDescriptor]
    ) throws(SpawnFailure) -> ProcessSpawner.Child {
        // It may lie where only root looks.
        let path = (getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin") + ":/usr/sbin:/usr/local/sbin"
        var descriptors: [SpawnDescriptor] = []
        for socket in inherited {
            descriptors.append(SpawnDescriptor(socket, as: Self.firstSocket + Int32(descriptors.count)))
        }
        let errors = FileDescriptor(adopting: fcntl(2, F_DUPFD_CLOEXEC, 3))
        if errors.raw >= 0 { descriptors.append(SpawnDescriptor(errors, as: 2)) }
        var request = SpawnRequest(
            executable: kind.rawValue,
            arguments: [kind.rawValue] + words,
            environment: ["PATH=\(path)"] + environment
        )
        // The keeper ends what is left of our group when we have ended.
        request.session = .inherited
        return try ProcessSpawner.spawn(request, descriptors: descriptors)
    }

    /// Lets the program look at a configuration; its complaint goes to the daemon's log.
    func check(
        _ words: [String],
        inherited: [FileDescriptor] = [],
        _ completion: @escaping (_ problem: String?) -> Void
    ) {
        do throws(SpawnFailure) {
            let child = try spawn(words, inherited: inherited)
            wait(for: child) { status in
                completion(status == 0 ? nil : "\(self.kind.title) refuses its configuration; see the daemon's log")
            }
        } catch {
            completion("\(kind.title) cannot be started: \(error); is it installed?")
        }
    }

    func wait(for child: ProcessSpawner.Child, _ completion: @escaping (Int32) -> Void) {
        try? reactor.watch(child.pidfd.raw, .readable) { _ in
            var status: Int32 = 0
            guard waitpid(child.pid, &status, WNOHANG) == child.pid else { return }
            self.reactor.unwatch(child.pidfd.raw)
            completion(status)
        }
    }

    /// One of the program's processes has ended.
    ///
    /// - Parameter wasServing: nothing serves now. The manager starts the next engine at once.
    func ended(wasServing: Bool) {
        readLog(roundsMax: 4096)
        if isDraining { return finishDrain() }
        guard wasServing else { return }
        send(.failed(message: "\(kind.title) has ended"))
        exitStatus = 1
        reactor.stop()
    }

    // MARK: - The end

    private func beginDrain(_ limit: Duration) {
        guard !isDraining else { return }
        isDraining = true
        engine?.finish()
        reactor.schedule(after: limit) { self.engine?.cut() }
        finishDrain()
    }

    private func finishDrain() {
        guard let engine, engine.hasEnded else { return }
        for name in engine.files + ["log.sock"] { unlink("\(directory)/\(name)") }
        rmdir("\(directory)/tmp")
        rmdir(directory)
        send(.drained)
        reactor.stop()
    }

    // MARK: - What the program says

    func readLog(roundsMax: Int) {
        guard let log else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<roundsMax {
            let count = recv(log.descriptor.raw, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            let line = String(decoding: buffer[..<count], as: UTF8.self)
            if let exchange = engine?.exchange(line) { counters.count(exchange) }
        }
    }

    private func observe() {
        reactor.schedule(after: .seconds(1)) {
            self.readLog(roundsMax: 4096)
            self.engine?.observe()
            self.observe()
        }
    }
}
