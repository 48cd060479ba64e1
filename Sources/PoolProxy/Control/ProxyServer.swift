internal import CPoolOS
internal import Glibc
package import PoolModel
package import PoolOS
internal import Synchronization

/// The loops of a proxy process and what governs them: takes commands, hands tables out, gathers reports.
///
/// Used by one thread, the control thread. It waits for ``wakeDescriptor`` and then calls ``takeReports()``.
package final class ProxyServer {
    private let shared: ProxyShared
    private var compiler = TableCompiler()
    private var routedVersion: UInt64 = 0
    private var postedVersion: UInt64 = 0
    private var table: RoutingTable?
    private var isDraining = false
    private var isStopped = false

    /// Readable when there are reports, or when the loops have ended.
    package var wakeDescriptor: Int32 { shared.controlDescriptor }
    package var loops: Int { shared.states.count }

    /// Starts the loops.
    package init(_ options: ProxyOptions) throws(SystemError) {
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow any more (RLIMIT_FSIZE) is a write that fails, as on a full disk.
        signal(SIGXFSZ, SIG_IGN)
        let lanes = options.lanes
        shared = try ProxyShared(loops: lanes.count)
        let shared = shared
        let segment = options.segment
        let directory = options.stateDirectory
        for number in 0..<lanes.count {
            let lane = lanes.lowerBound + number
            var random = SystemRandomNumberGenerator()
            let seed = random.next()
            let epoll = try syscall("epoll_create1") { pool_epoll_create() }
            try Thread.start(name: "loop \(number)") {
                let stats = StatsLane(segment, lane: lane)
                stats.own.zeroGauges()
                stats.own.set(.ownerPID, UInt64(UInt32(bitPattern: getpid())))
                let loop = ProxyLoop(
                    number: number,
                    epoll: epoll,
                    shared: shared,
                    stats: stats,
                    seed: seed,
                    logDirectory: directory
                )
                loop.run()
                withExtendedLifetime(segment) {}
            }
        }
    }

    /// Does what the manager says. What comes of it is reported later.
    package func perform(_ command: ProxyCommand, descriptors: [FileDescriptor] = []) {
        switch command {
        case .listen(let names): listen(names, descriptors)
        case .unlisten(let names):
            for name in names { post(.unlisten(name: name)) }
        case .certificates(let bundles): secure(bundles)
        case .ticketKeys(let keys): compiler.take(keys)
        case .files(let files):
            compiler.take(files)
            if let table { post(table) }
        case .routes(let table): route(table)
        case .drain(let seconds): drain(seconds: seconds)
        case .reopenLogs: post(.reopenLogs)
        }
    }

    /// Accepts nothing more and lets the loops end when nothing is under way; ``stop()`` is for after the limit.
    private func drain(seconds: Double) {
        isDraining = true
        let grace = min(max(seconds, 0) * 1000 / 4, 2000)
        post(.drain(grace: UInt64(grace)))
    }

    /// Cuts what is left; the loops end.
    package func stop() {
        isStopped = true
        post(.stop)
    }

    /// All loops have ended.
    package var isFinished: Bool { shared.states.allSatisfy { $0.isDone.load(ordering: .acquiring) } }

    /// What has happened since the last call.
    package func takeReports() -> [ProxyReport] {
        var count: UInt64 = 0
        _ = read(shared.controlDescriptor, &count, 8)
        var reports = shared.takeReports()
        let version = shared.states.map { $0.version.load(ordering: .acquiring) }.min() ?? 0
        if version > routedVersion {
            routedVersion = version
            reports.append(.routed(version: version))
        }
        return reports
    }

    private func listen(_ names: [String], _ descriptors: [FileDescriptor]) {
        guard names.count == descriptors.count else {
            shared.report(.failed(message: "listen: \(names.count) names came with \(descriptors.count) descriptors"))
            return
        }
        for (name, descriptor) in zip(names, descriptors) {
            do throws(SystemError) {
                try descriptor.setNonBlocking()
                for mailbox in shared.mailboxes {
                    mailbox.post(.listen(name: name, descriptor: try descriptor.duplicate()))
                }
            } catch {
                shared.report(.failed(message: "listen \(name): \(error)"))
            }
        }
    }

    private func route(_ table: RoutingTable) {
        guard table.version > postedVersion else {
            // A manager that came back may send what is in force: answered, not applied.
            if table.version == postedVersion { shared.report(.routed(version: table.version)) }
            return
        }
        postedVersion = table.version
        self.table = table
        post(table)
    }

    /// New certificates go into force with the table that is there, compiled anew.
    private func secure(_ bundles: [CertificateBundle]) {
        for problem in compiler.take(bundles) { shared.report(.failed(message: problem)) }
        if let table { post(table) }
    }

    private func post(_ table: RoutingTable) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
        let (pools, problems) = compiler.compile(table, now: now)
        for problem in problems { shared.report(.failed(message: problem)) }
        post(.swap(version: table.version, pools: pools))
    }

    private func post(_ order: LoopOrder) {
        for mailbox in shared.mailboxes { mailbox.post(order) }
    }
}
