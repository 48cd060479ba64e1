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
    let tickets = TicketKeys()
    var sharedKeys: [TicketKey] = []
    let reactor: Reactor
    let link: KeeperLink
    let directories: Directories
    let segment: StatsSegment
    let listeners: FrontListeners
    var reports: Reports?
    /// A new proxy has been given lanes.
    var onLanes: (Range<Int>) -> Void = { _ in }
    var proxies: [ProxyHandle] = []
    var lastNumber: UInt64 = 0
    /// Proxies of a keeper that was killed, which serve until one of ours does.
    private var deserted: [ProcessIdentity] = []
    /// Proxies that died soon after their start, one after the other.
    var quickDeaths = 0
    var onDrained: (() -> Void)?
    /// A successor that is on its way.
    var replacement: Replacement?
    /// What the next proxy to be started is.
    var engine = ProxyEngine.builtIn
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

    // MARK: What it says

    func receive(_ bytes: [UInt8], from proxy: ProxyHandle) {
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

    func confirm() {
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
}
