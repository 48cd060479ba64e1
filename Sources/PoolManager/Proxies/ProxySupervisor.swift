internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolTLS

/// Keeps a proxy running: starts it, tells it the routes, replaces it when it dies, drains it at the end.
///
/// The sockets that clients connect to, the statistics and the manager's end of each link are kept by the keeper, so
/// that neither a proxy nor a manager takes them along when it dies. All state is the manager thread's.
final class ProxySupervisor {
    /// What becomes of a proxy and what it says, for the manager.
    struct Reports {
        /// All living proxies use this version.
        var routed: (UInt64) -> Void
        var connectFailed: (WorkerID, Life, Int32) -> Void
        var suspect: (WorkerID, Life, Int, String) -> Void
        var panic: (String, String) -> Void
        var event: (PoolEvent.Severity, String) -> Void
        /// The present table, for a proxy that has just come.
        var table: () -> RoutingTable
    }

    /// The keys of session tickets, for all proxies. In memory only: a new manager makes new ones, and proxies keep
    /// what they had beside them.
    private let tickets = TicketKeys()
    private var sharedKeys: [TicketKey] = []
    let reactor: Reactor
    let link: KeeperLink
    private let directories: Directories
    let segment: StatsSegment
    private let listeners: FrontListeners
    var reports: Reports?
    /// A new proxy has been given lanes.
    var onLanes: (Range<Int>) -> Void = { _ in }
    private(set) var proxies: [ProxyHandle] = []
    private var lastNumber: UInt64 = 0
    /// Proxies of a keeper that was killed, which serve until one of ours does.
    private var deserted: [ProcessIdentity] = []
    /// Proxies that died soon after their start, one after the other.
    private var quickDeaths = 0
    private(set) var onDrained: (() -> Void)?
    /// A successor that is on its way.
    var replacement: Replacement?
    /// What the next proxy to be started is.
    private var engine = ProxyEngine.builtIn
    /// Loops that somebody asked for; nil is one for each core.
    var loopsWanted: Int?

    init(
        reactor: Reactor,
        link: KeeperLink,
        directories: Directories,
        segment: StatsSegment,
        listeners: FrontListeners
    ) {
        self.reactor = reactor
        self.link = link
        self.directories = directories
        self.segment = segment
        self.listeners = listeners
    }

    /// Loops of one proxy: one for each core, and room for a second proxy beside it while it is replaced.
    var loops: Int { max(1, min(loopsWanted ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), loopsMax)) }

    /// The most loops that leave room for a second proxy.
    var loopsMax: Int { max(1, segment.lanes / 2) }

    /// The proxies that take new connections.
    var serving: [ProxyHandle] { proxies.filter { !$0.isDraining } }

    // MARK: Beginning

    /// Takes over the proxies that the keeper knows, or starts one. Routes follow by ``publish(_:)``.
    func begin(_ inventory: KeeperLink.Inventory) {
        for child in inventory.children {
            guard case .proxy(let number, let lane, let count) = ChildTag(child.tag) else { continue }
            lastNumber = max(lastNumber, number)
            // The segment may be smaller than the most that a tag can say.
            let lanes = (lane..<lane + count).clamped(to: 0..<segment.lanes)
            guard child.end == nil else {
                link.acknowledge(child.process)
                link.drop(name: ProxyHandle.linkName(number))
                continue
            }
            let socket = inventory.descriptors[ProxyHandle.linkName(number)]
            guard let socket, let messages = try? MessageSocket(adopting: socket) else {
                desert(number, lanes, child.process)
                continue
            }
            adopt(number, lanes, child.process, messages)
        }
        if serving.isEmpty { start() }
        goOnReplacing()
        watchCertificates()
    }

    private func adopt(_ number: UInt64, _ lanes: Range<Int>, _ process: ProcessIdentity, _ socket: MessageSocket) {
        let channel = MessageChannel(socket, on: reactor, backlogMax: 256)
        let proxy = ProxyHandle(number: number, lanes: lanes, channel: channel, process: process)
        proxy.isReady = true
        guard open(proxy) else { return }
        onLanes(lanes)
        // It has its sockets already, unless the last manager died before it sent them.
        equip([proxy])
        proxy.listen(listeners.all)
    }

    /// A proxy whose link died with its keeper: nobody can talk to it. It serves until ours does, and is then told by a
    /// signal to finish what it has; meanwhile its lanes are its own, and nobody waits for it to take routes.
    private func desert(_ number: UInt64, _ lanes: Range<Int>, _ process: ProcessIdentity) {
        deserted.append(process)
        guard let (ours, _) = try? MessageSocket.pair() else { return }
        let channel = MessageChannel(ours, on: reactor, backlogMax: 1)
        channel.close()
        let proxy = ProxyHandle(number: number, lanes: lanes, channel: channel, process: process)
        proxy.isDraining = true
        proxy.routed = .max
        proxies.append(proxy)
        onLanes(lanes)
    }

    // MARK: Starting

    /// Starts a proxy in place of one that is gone; tries again where that fails.
    private func start() {
        guard let lanes = freeLanes else {
            return later("no lanes are free for a new proxy", after: .seconds(1))
        }
        if case .failure(let problem) = start(lanes) { later(problem.message, after: .seconds(1)) }
    }

    /// Starts a proxy and gives it the sockets and the present routes. What goes wrong in the keeper comes later.
    func start(_ lanes: Range<Int>) -> Result<ProxyHandle, PoolError> {
        do throws(SystemError) {
            lastNumber += 1
            let (ours, theirs) = try MessageSocket.pair()
            link.store(ours.descriptor, name: ProxyHandle.linkName(lastNumber))
            let channel = MessageChannel(ours, on: reactor, backlogMax: 256)
            let proxy = ProxyHandle(number: lastNumber, lanes: lanes, channel: channel)
            guard open(proxy) else {
                link.drop(name: ProxyHandle.linkName(lastNumber))
                return .failure(PoolError(.unavailable, "the link to a new proxy failed"))
            }
            spawn(proxy, link: theirs)
            equip([proxy])
            if let table = reports?.table(), table.version > 0 {
                proxy.send(.routes(table))
                proxy.listen(listeners.all)
            } else {
                proxy.awaitsTable = true
            }
            onLanes(lanes)
            return .success(proxy)
        } catch {
            return .failure(PoolError(.unavailable, "a proxy cannot be started: \(error)"))
        }
    }

    private func spawn(_ proxy: ProxyHandle, link theirs: MessageSocket) {
        var arguments = ProxyArguments(number: proxy.number, lanes: proxy.lanes, directories: directories)
        arguments.engine = engine
        var request = SpawnRequest(
            executable: "/proc/self/exe",
            arguments: ["poold"] + arguments.words,
            environment: ["PATH=\(getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin")"]
        )
        request.session = .group
        request.limits = [openFiles]
        var descriptors = [
            SpawnDescriptor(theirs.descriptor, as: ProxyArguments.linkDescriptor),
            SpawnDescriptor(segment.descriptor, as: ProxyArguments.statsDescriptor),
        ]
        // What it has to say in its last moment belongs into the daemon's log.
        let errors = FileDescriptor(adopting: fcntl(2, F_DUPFD_CLOEXEC, 3))
        if errors.raw >= 0 { descriptors.append(SpawnDescriptor(errors, as: 2)) }
        let tag = ChildTag.proxy(number: proxy.number, lane: proxy.lanes.lowerBound, lanes: proxy.lanes.count)
        link.spawn(request, descriptors: descriptors, tag: tag.text) { [weak self] result in
            switch result {
            case .success(let process): proxy.process = process
            case .failure(let failure):
                self?.forget(proxy)
                self?.successorFailed(proxy, "it cannot be started: \(failure)")
                self?.later("a proxy cannot be started: \(failure)", after: .seconds(1))
            }
        }
    }

    /// As many open files as we may have ourselves: each client takes one.
    private var openFiles: ResourceLimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(7), &limit)
        return ResourceLimit(resource: 7, soft: UInt64(limit.rlim_max), hard: UInt64(limit.rlim_max))
    }

    var freeLanes: Range<Int>? {
        let taken = Set(proxies.flatMap { Array($0.lanes) })
        let count = loops
        for start in stride(from: 0, through: segment.lanes - count, by: count) {
            let range = start..<start + count
            if taken.isDisjoint(with: range) { return range }
        }
        return nil
    }

    private func later(_ problem: String, after delay: Duration) {
        reports?.event(.error, "\(problem); trying again")
        reactor.schedule(after: delay) { [weak self] in
            guard let self, serving.isEmpty, onDrained == nil else { return }
            start()
        }
    }

    private func open(_ proxy: ProxyHandle) -> Bool {
        do throws(SystemError) {
            try proxy.channel.open(
                onMessage: { [weak self, weak proxy] bytes, _ in
                    guard let self, let proxy else { return }
                    receive(bytes, from: proxy)
                },
                // Its exit is told by the keeper; a link that fails alone means that it is of no more use.
                onClose: { [weak self, weak proxy] _ in
                    guard let self, let process = proxy?.process else { return }
                    link.signal(process, SIGTERM, asGroup: false)
                }
            )
            proxies.append(proxy)
            return true
        } catch {
            return false
        }
    }

    private func forget(_ proxy: ProxyHandle) {
        proxies.removeAll { $0 === proxy }
        proxy.channel.close()
        link.drop(name: ProxyHandle.linkName(proxy.number))
    }

    // MARK: What it says

    private func receive(_ bytes: [UInt8], from proxy: ProxyHandle) {
        let report: ProxyReport
        do {
            report = try JSONCoding.decode(ProxyReport.self, from: bytes)
        } catch {
            reports?.event(.warning, "a message of the proxy is not understood: \(error)")
            return
        }
        switch report {
        case .ready(let loops):
            proxy.isReady = true
            quickDeaths = 0
            advanceReplacement()
            reports?.event(.notice, "the proxy runs with \(loops) loops (\(proxy.process?.description ?? "new"))")
        case .routed(let version):
            proxy.routed = max(proxy.routed, version)
            for process in deserted { link.signal(process, SIGTERM, asGroup: false) }
            deserted = []
            confirm()
            advanceReplacement()
        case .connectFailed(let worker, let life, let errno): reports?.connectFailed(worker, life, errno)
        case .suspect(let worker, let life, let failures, let detail):
            reports?.suspect(worker, life, failures, detail)
        case .panic(let pool, let detail):
            reports?.panic(pool, detail)
        case .flood(let kind, let detail): reports?.event(.warning, "HTTP/2 flood (\(kind)): \(detail)")
        case .drained: break
        case .failed(let message): reports?.event(.error, "proxy: \(message)")
        }
    }

    private func confirm() {
        if let version = proxies.map(\.routed).min() { reports?.routed(version) }
    }

    /// Tells all proxies the routes; false where there is none.
    func publish(_ table: RoutingTable) -> Bool {
        for proxy in proxies {
            if !proxy.send(.routes(table)) { repeatRoutes(to: proxy) }
            guard proxy.awaitsTable else { continue }
            proxy.awaitsTable = false
            proxy.listen(listeners.all)
        }
        return !proxies.isEmpty
    }

    /// A proxy that has not taken its messages for long may have missed a table, and there may be no other.
    private func repeatRoutes(to proxy: ProxyHandle) {
        guard !proxy.isTableMissed else { return }
        proxy.isTableMissed = true
        reactor.schedule(after: .seconds(1)) { [weak self, weak proxy] in
            guard let self, let proxy, proxy.channel.isOpen else { return }
            proxy.isTableMissed = false
            guard let table = reports?.table(), !proxy.send(.routes(table)) else { return }
            repeatRoutes(to: proxy)
        }
    }

    /// Lets the proxies open their access logs again.
    func reopenLogs() {
        for proxy in proxies { proxy.send(.reopenLogs) }
    }

    // MARK: Fronts

    /// Which engine the profiles want: before ``begin(_:)``.
    func use(_ engine: ProxyEngine) {
        self.engine = engine
        guard engine.isForeign else { return }
        reports?.event(
            .notice,
            "the proxy's engine is \(engine.title): no request waits while no worker is ready, and times are whole milliseconds"
        )
    }

    /// Opens the fronts of a changed profile and closes those that no profile has any more.
    func bindFronts(of spec: PoolSpec) {
        let wanted = spec.front.engine ?? .builtIn
        if wanted != engine {
            engine = wanted
            reports?.event(.warning, "[proxy] engine is now \(wanted.rawValue): poolctl proxy replace puts it in force")
        }
        let (added, removed, failures) = listeners.change(spec)
        equip(proxies)
        for proxy in serving where !proxy.awaitsTable {
            proxy.listen(added)
            if !removed.isEmpty { proxy.send(.unlisten(names: removed)) }
        }
        for failure in failures { reports?.event(.error, failure) }
    }

    /// Which of these addresses nobody could listen at.
    func obstacles(at addresses: [Address]) -> [(address: Address, problem: SystemError)] {
        listeners.obstacles(at: addresses)
    }

    /// Closes the fronts of a pool that has left, where no other pool has them.
    func releaseFronts(of pool: String) {
        let removed = listeners.release(pool)
        for proxy in serving where !proxy.awaitsTable && !removed.isEmpty { proxy.send(.unlisten(names: removed)) }
    }

    func certificates(of front: FrontSpec) -> [CertificateReport] { listeners.certificates.reports(of: front) }

    /// Hands certificates and pages over: before the table that needs them.
    private func equip(_ proxies: [ProxyHandle]) {
        sharedKeys = tickets.shared()
        for proxy in proxies { proxy.send(.ticketKeys(sharedKeys)) }
        secure(proxies, listeners.certificates.bundles)
        send(proxies, listeners.pages.files)
    }

    /// In messages of a bounded size.
    private func send(_ proxies: [ProxyHandle], _ files: [FrontFile]) {
        for file in files {
            for proxy in proxies { proxy.send(.files([file])) }
        }
    }

    private func secure(_ proxies: [ProxyHandle], _ bundles: [CertificateBundle]) {
        guard !bundles.isEmpty else { return }
        for proxy in proxies { proxy.send(.certificates(bundles)) }
    }

    var certificates: [CertificateStatus] { listeners.certificates.statuses }

    /// Reads the certificates' files at once; returns the names of the new ones.
    func reloadCertificates() -> [String] { refreshCertificates(isForced: true) }

    private func refreshCertificates(isForced: Bool = false) -> [String] {
        let news = listeners.certificates.refresh(now: Int64(WallClock.now.seconds), isForced: isForced)
        secure(proxies, news.changed)
        for (severity, message) in news.events { reports?.event(severity, message) }
        return news.changed.map(\.files.certificate)
    }

    /// Looks at the certificates' files, now and again.
    private func watchCertificates() {
        let keys = tickets.shared()
        if keys != sharedKeys {
            sharedKeys = keys
            for proxy in proxies { proxy.send(.ticketKeys(keys)) }
        }
        _ = refreshCertificates()
        let (changed, problems) = listeners.pages.refresh()
        send(proxies, changed)
        for problem in problems { reports?.event(.error, problem) }
        reactor.schedule(after: CertificateStore.period) { [weak self] in self?.watchCertificates() }
    }

    // MARK: Ends

    /// A proxy's process has ended: clients' connections are gone with it, so the next one starts at once.
    func exited(_ number: UInt64, _ reason: ExitReason) {
        guard let proxy = proxies.first(where: { $0.number == number }) else { return }
        forget(proxy)
        for lane in proxy.lanes { segment.zeroGauges(lane: lane) }
        confirm()
        let wasSuccessor = replacement?.successor === proxy
        successorFailed(proxy, "it ended: \(reason.summary)")
        if onDrained != nil { return finishDrain() }
        if wasSuccessor && !serving.isEmpty { return }
        guard wasSuccessor || !proxy.isDraining else {
            reports?.event(.notice, "the proxy before has finished (\(reason.summary))")
            return
        }
        quickDeaths = MonotonicClock.now - proxy.startedAt < .seconds(2) ? quickDeaths + 1 : 0
        reports?.event(.error, "the proxy ended (\(reason.summary)); a new one is started")
        guard serving.isEmpty else { return }
        guard quickDeaths > 1 else { return start() }
        let delay = min(5000, 50 << min(quickDeaths, 8))
        later("the proxy keeps ending", after: .milliseconds(delay))
    }

    /// Lets all proxies finish what they have; calls back when the last one has ended.
    func drain(limit: Duration, completion: @escaping () -> Void) {
        onDrained = completion
        for proxy in proxies { drain(proxy, limit: limit) }
        finishDrain()
    }

    /// Lets one proxy take no new connections, finish what it has, and end.
    func drain(_ proxy: ProxyHandle, limit: Duration) {
        proxy.isDraining = true
        proxy.send(.drain(limitSeconds: limit.inSeconds))
        // A proxy that does not end by its own rules is ended by ours.
        reactor.schedule(after: limit + .seconds(2)) { [weak self, weak proxy] in
            guard let self, let proxy, proxies.contains(where: { $0 === proxy }), let process = proxy.process else {
                return
            }
            link.signal(process, SIGKILL, asGroup: true)
        }
    }

    private func finishDrain() {
        guard proxies.isEmpty, let completion = onDrained else { return }
        onDrained = {}
        completion()
    }
}
