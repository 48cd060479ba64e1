internal import Glibc
internal import PoolAPI
internal import PoolCore
internal import PoolModel
internal import PoolOS
internal import PoolProfile

/// The real ``ManagerDriver``: processes through the keeper, probes through the proxy, files and logs.
///
/// Everything here runs on the manager's reactor; what comes back goes straight to the manager, which is on the same
/// thread. State: timers (the pools' deadlines), the exits that the keeper may forget once the state file knows them.
// Unchecked: all state is confined to the reactor's thread, which is the manager's and the only one that calls.
final class SystemDriver: ManagerDriver, @unchecked Sendable {
    let reactor: Reactor
    let link: KeeperLink
    let directories: Directories
    private let log: DaemonLog
    private let journal: EventJournal
    private let saver: StateSaver
    let inherited: [String: String]
    let logs: LogStore
    let stats: StatsCollector
    let proxies: ProxySupervisor
    let sockets: WorkerSockets
    let runDirectories: RunDirectories
    var notices: NoticeReceiver?
    lazy var hooks = makeHookRunner()
    private lazy var prober = makeProber()
    private lazy var listenChecker = makeListenChecker()
    private var manager: Manager?
    private var timers: [String: TimerID] = [:]
    private var publishing: TimerID?
    /// Exits that the manager knows, but the state file perhaps not yet.
    private var dealtWith: [ProcessIdentity] = []
    /// Those of them that the write under way holds.
    private var beingSaved: [ProcessIdentity] = []
    /// Exits of this round of the reactor, which the manager is about to be told.
    var roundExits: [ProcessIdentity] = []
    private var isRoundOpen = false
    let host = HostSampler()
    lazy var memory = OOMWatch(host.oomKills)

    init(_ parts: Parts) {
        reactor = parts.reactor
        link = parts.link
        directories = parts.directories
        log = parts.log
        journal = parts.journal
        saver = parts.saver
        inherited = parts.inherited
        logs = parts.logs
        stats = parts.stats
        proxies = parts.proxies
        sockets = parts.sockets
        runDirectories = parts.runDirectories
    }

    /// What a driver is made of.
    struct Parts {
        var reactor: Reactor
        var link: KeeperLink
        var directories: Directories
        var log: DaemonLog
        var journal: EventJournal
        var saver: StateSaver
        var inherited: [String: String]
        var logs: LogStore
        var stats: StatsCollector
        var proxies: ProxySupervisor
        var sockets: WorkerSockets
        var runDirectories: RunDirectories
    }

    /// Whom everything is told; called once, before anything else.
    func attach(_ manager: Manager) { self.manager = manager }

    /// What ends the process, once the keeper knows that all is done.
    var onEnd: () -> Void = {}

    /// Opens the logs of all pools, and begins to read.
    func beginLogs(_ specs: [PoolSpec], lives: [WorkerID: Life]) {
        logs.onNotice = { [weak self] id, text in self?.tell { $0.report(.error, .log, id, text) } }
        logs.onLines = { [weak self] in self?.tell { $0.linesArrived() } }
        for spec in specs { logs.begin(spec, lives: lives.filter { $0.key.pool == spec.name }) }
        logs.start()
    }

    /// Starts a proxy, or takes over the one that runs.
    func beginProxies(_ inventory: KeeperLink.Inventory, engine: ProxyEngine) {
        proxies.onLanes = { [stats] in stats.use(lanes: $0) }
        proxies.reports = ProxySupervisor.Reports(
            routed: { [weak self] version in self?.tell { $0.proxiesRouted(version: version) } },
            connectFailed: { [weak self] id, life, errno in
                self?.deliver(.connectFailed(id, life: life, errno: errno), pool: id.pool)
            },
            suspect: { [weak self] id, life, failures, detail in
                let event = PoolMachine.Event.suspected(id, life: life, failures: failures, detail: detail)
                self?.deliver(event, pool: id.pool)
            },
            panic: { [weak self] pool, detail in self?.tell { $0.panicked(pool: pool, detail) } },
            event: { [weak self] severity, text in self?.tell { $0.report(severity, .proxy, nil, text) } },
            // These handlers run on the reactor, which is the manager's executor.
            table: { [weak self] in self?.manager?.assumeIsolated { $0.table } ?? RoutingTable(version: 0, pools: []) }
        )
        proxies.use(engine)
        proxies.begin(inventory)
    }

    /// Begins to hear what workers say of themselves.
    func beginNotices(_ socket: NotifySocket) throws(SystemError) {
        notices = try NoticeReceiver(socket, on: reactor) { [weak self] id, life, notice in
            self?.deliver(.notified(id, life: life, notice), pool: id.pool)
        }
    }

    /// A worker's process that runs: its figures are sampled, and it is listened to.
    func follow(_ id: WorkerID, life: Life, _ process: ProcessIdentity) {
        stats.follow(id, process)
        notices?.follow(id, life: life, process)
    }

    /// An exit that the manager learned from the keeper's inventory.
    func knewOf(_ child: KeeperChild) { dealtWith.append(child.process) }

    /// Calls the manager, on whose thread we are.
    func tell(_ body: (isolated Manager) -> Void) {
        manager?.assumeIsolated(body)
    }

    /// Tells the manager what happened, together with all else of this round of the reactor: a thousand exits at once
    /// are one turn of the machine, one table for the proxies.
    func deliver(_ event: PoolMachine.Event, pool: String) {
        tell { $0.collect(event, pool: pool) }
        guard !isRoundOpen else { return }
        isRoundOpen = true
        reactor.schedule(at: .zero) { [weak self] in
            guard let self else { return }
            isRoundOpen = false
            tell { $0.handleAll() }
            // Only now: a state file that was written before would not know of them.
            dealtWith += roundExits
            roundExits = []
        }
    }

    private func makeProber() -> HealthProber {
        HealthProber(reactor: reactor, address: .unix(path: directories.probeSocket)) { [weak self] id, life, result in
            self?.deliver(.probed(id, life: life, result), pool: id.pool)
        }
    }

    private func makeHookRunner() -> HookRunner {
        HookRunner(
            reactor: reactor,
            link: link,
            directories: directories,
            inherited: inherited,
            onLine: { [weak self] start, line in
                let text = "\(start.run.hook.rawValue): \(line)"
                if let (worker, life) = start.worker {
                    self?.mark(worker, life: life, text: text)
                } else {
                    self?.tell { $0.report(.info, .operation, nil, "\(start.spec.name): \(text)") }
                }
            },
            onEnd: { [weak self] start, failure in
                self?.deliver(.hookEnded(number: start.run.number, failure: failure), pool: start.spec.name)
            }
        )
    }

    private func makeListenChecker() -> ListenChecker {
        // Not at once: the machine that asked is in the middle of its turn.
        ListenChecker(reactor: reactor) { [weak self] id, life, refusal in
            self?.deliver(.listenChecked(id, life: life, refusal: refusal), pool: id.pool)
        }
    }

    // MARK: Health

    func probe(_ worker: WorkerID, life: Life, health: HealthSpec) {
        applyMode(worker)
        prober.probe(worker, life: life, health: health)
    }

    private func applyMode(_ worker: WorkerID) {
        if let problem = sockets.applyMode(worker) { tell { $0.report(.warning, .state, worker, problem) } }
    }

    func checkListening(_ worker: WorkerID, life: Life, at address: Address) {
        applyMode(worker)
        listenChecker.check(worker, life: life, at: address)
    }

    func inFlight(slot: Int) -> UInt64 { stats.inFlight(slot: slot) }

    // MARK: Routes and time

    func publish(_ table: RoutingTable) -> Bool { proxies.publish(table) }

    let program = ProgramFile.own
    /// The version that the keeper speaks.
    var keeperVersion: UInt16 = 1

    func setDeadline(_ deadline: Duration?, pool: String) {
        if let timer = timers.removeValue(forKey: pool) { reactor.cancel(timer) }
        guard let deadline else { return }
        timers[pool] = reactor.schedule(at: deadline) { [weak self] in
            self?.timers[pool] = nil
            self?.deliver(.deadlineReached, pool: pool)
        }
    }

    func setPublishing(at time: Duration) {
        guard publishing == nil else { return }
        publishing = reactor.schedule(at: time) { [weak self] in
            self?.publishing = nil
            self?.tell { $0.publishingDue() }
        }
    }

    // MARK: Memory

    func save(_ state: DaemonState, completion: @escaping @Sendable (String?) -> Void) {
        beingSaved += dealtWith
        dealtWith = []
        saver.save(state, completion: completion)
    }

    func saved(isWritten: Bool) {
        if isWritten { beingSaved.forEach(link.acknowledge) } else { dealtWith += beingSaved }
        beingSaved = []
    }

    func record(_ event: PoolEvent) {
        if let error = journal.append(event) {
            log.write(.error, "events are kept in memory only: \(error)", at: event.at)
        }
        let subject = event.worker?.description ?? event.pool
        let who = event.actor.map { " (by \($0))" } ?? ""
        let isNamed = subject.map { event.message.contains($0) } ?? true
        log.write(event.severity, (isNamed ? "" : "\(subject ?? ""): ") + event.message + who, at: event.at)
    }

    func mark(_ worker: WorkerID, life: Life, text: String) { logs.mark(worker, life: life, text: text) }

    func profileChanged(_ spec: PoolSpec) {
        logs.configure(spec)
        proxies.bindFronts(of: spec)
    }

    /// Profiles, or directories of them.
    var profileSources: [String] = []
    var profileListing: ProfileListing { ProfileListing(profileSources) }

    func begin(_ spec: PoolSpec) throws(PoolError) {
        do throws(SystemError) {
            try runDirectories.prepare(spec)
        } catch {
            throw PoolError(.unavailable, "the runtime directory of \(spec.name): \(error)")
        }
        logs.begin(spec, lives: [:])
        proxies.bindFronts(of: spec)
    }

    func end(pool: String) {
        setDeadline(nil, pool: pool)
        proxies.releaseFronts(of: pool)
        logs.end(pool)
    }

    func release(_ worker: WorkerID) {
        logs.release(worker)
        stats.forget(worker)
        sockets.release(worker)
    }

    // MARK: The host

    var hostFigures: HostStats? { host.read() }

    /// Once a second: who is killed for want of memory between two looks is known to be.
    func lookAtHost() { memory.read(host.oomKills, at: MonotonicClock.now) }

    // MARK: The end

    func limitShutdown(_ limit: Duration) { link.setShutdownLimit(limit + drainLimit) }

    func drainProxies() {
        proxies.drain(limit: drainLimit) { [weak self] in self?.tell { $0.proxiesDrained() } }
    }

    /// The sockets are gone because they are to be.
    private(set) var isEnding = false

    func end() {
        isEnding = true
        for path in [directories.controlSocket, directories.probeSocket, directories.notifySocket] { unlink(path) }
        // Answers that are being written, such as the one to the command that asked for this, get out first.
        reactor.schedule(after: .milliseconds(150)) { [self] in
            link.finish(code: 0)
            onEnd()
        }
    }

    /// How long requests under way may go on when everything ends.
    private let drainLimit = Duration.seconds(30)
}
