internal import Glibc
internal import PoolCore
internal import PoolModel
internal import PoolOS
internal import PoolProfile

/// Puts a manager together: from profiles at the first start, from what the last manager and the keeper know after.
struct Bootstrap {
    private let options: ManagerOptions
    private let reactor: Reactor
    private let link: KeeperLink
    private let log: DaemonLog
    private let inventory: KeeperLink.Inventory

    init(
        _ options: ManagerOptions,
        reactor: Reactor,
        link: KeeperLink,
        log: DaemonLog,
        inventory: KeeperLink.Inventory
    ) {
        self.options = options
        self.reactor = reactor
        self.link = link
        self.log = log
        self.inventory = inventory
    }

    private var directories: Directories { options.directories }
    /// A manager of this daemon died, and left what it had begun. One that died before it had written anything did not.
    private var isTakeover = false

    /// - Returns: the manager, which has begun; its driver; the control socket.
    mutating func run() throws(StartFailure) -> (Manager, SystemDriver, FileDescriptor) {
        _ = try? ResourceLimit.raiseOpenFiles()
        var notes: [(PoolEvent.Severity, String)] = []
        let state = readState(&notes)
        let workers = inventory.children.contains { $0.tag.hasPrefix(ChildTag.workerPrefix) }
        isTakeover = inventory.welcome.managerCount > 1 && (workers || state?.keeper == inventory.welcome.keeper)
        let profiles = try loadProfiles(state, &notes)
        try system { () throws(SystemError) in try makeDirectories(profiles.map(\.spec)) }
        let listeners = FrontListeners(link: link, directories: directories, inherited: inventory.descriptors)
        try bind(listeners, profiles.map(\.spec), &notes)
        let control = try controlSocket()
        let segment = try statistics(workers: profiles.reduce(0) { $0 + $1.spec.workers })
        let journal = EventJournal(path: "\(directories.state)/events.ndjson")
        let history = readJournal(journal, &notes)

        let parts = try system { () throws(SystemError) in
            SystemDriver.Parts(
                reactor: reactor,
                link: link,
                directories: directories,
                log: log,
                journal: journal,
                saver: try StateSaver(file: StateFile(path: directories.stateFile)),
                inherited: Bootstrap.environment,
                logs: try LogStore(reactor: reactor, directories: directories, lastSequence: state?.logSequence ?? 0),
                stats: StatsCollector(segment: segment, lanes: []),
                proxies: ProxySupervisor(
                    reactor: reactor,
                    link: link,
                    directories: directories,
                    segment: segment,
                    listeners: listeners
                )
            )
        }
        let driver = SystemDriver(parts)
        let manager = makeManager(driver, profiles, state, history)
        driver.attach(manager)
        begin(manager, driver, profiles.map(\.spec), notes)
        return (manager, driver, control)
    }

    // MARK: What is known

    private func readState(_ notes: inout [(PoolEvent.Severity, String)]) -> DaemonState? {
        let file = StateFile(path: directories.stateFile)
        do throws(StateFileError) {
            switch try file.read() {
            case .absent: return nil
            case .damaged(let reason, let moved):
                notes.append((.error, "the state file was damaged (\(reason)); it was moved to \(moved)"))
                return nil
            case .whole(let bytes):
                if let state = DaemonState(decoding: bytes) { return state }
                _ = file.setAside(because: "unknown content")
                notes.append((.error, "the state file is not understood; it was moved to \(file.path).damaged"))
                return nil
            }
        } catch {
            notes.append((.error, "the state file cannot be read: \(error)"))
            return nil
        }
    }

    private func readJournal(
        _ journal: EventJournal,
        _ notes: inout [(PoolEvent.Severity, String)]
    ) -> [PoolEvent] {
        do throws(LogFileError) {
            return try journal.open()
        } catch {
            notes.append((.error, "events are kept in memory only: \(error)"))
            return []
        }
    }

    /// A pool as it is to be begun.
    struct LoadedPool {
        var spec: PoolSpec
        var path: String
        var error: String?
        var state: PoolState?
    }

    /// The profiles: of the state file where their pools run already, else read.
    private func loadProfiles(
        _ state: DaemonState?,
        _ notes: inout [(PoolEvent.Severity, String)]
    ) throws(StartFailure) -> [LoadedPool] {
        if isTakeover, let state, !state.pools.isEmpty {
            return state.pools.map {
                LoadedPool(spec: $0.state.spec, path: $0.profilePath, error: $0.profileError, state: $0.state)
            }
        }
        var files: [(file: String, text: String)] = []
        var problems: [String] = []
        for path in options.profiles {
            do throws(PoolError) {
                files.append((path, try ProfileFile(path: path).text()))
            } catch {
                problems.append(error.description)
            }
        }
        let set = Profile.decodeAll(files, runtimeDirectory: directories.runtime)
        problems += set.issues.filter(\.isError).map(\.description)
        guard problems.isEmpty, !set.profiles.isEmpty else {
            let text = problems.isEmpty ? "no profile was given" : problems.joined(separator: "\n")
            throw StartFailure(code: StartFailure.usage, message: text)
        }
        for issue in set.issues { notes.append((.warning, issue.description)) }
        return set.profiles.map { profile in
            let known = state?.pools.first { $0.state.spec.name == profile.spec.name }
            return LoadedPool(spec: profile.spec, path: profile.file, error: nil, state: known?.state)
        }
    }

    /// The workers' processes that the keeper knows, alive or ended with nobody to tell.
    private func processes(of pool: String) -> [KnownProcess] {
        inventory.children.compactMap { child in
            guard case .worker(let id, let life, let generation) = ChildTag(child.tag), id.pool == pool else {
                return nil
            }
            return KnownProcess(
                worker: id,
                life: life,
                generation: generation,
                process: child.process,
                exit: child.end?.reason
            )
        }
    }

    static var environment: [String: String] {
        var values: [String: String] = [:]
        for entry in ProcessEnvironment.entries {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            values[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        return values
    }
}

// MARK: What is made

extension Bootstrap {
    private func system<Value>(_ body: () throws(SystemError) -> Value) throws(StartFailure) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw StartFailure(code: StartFailure.environment, message: "\(error)")
        }
    }

    /// The pools' own runtime directories, which their workers may write to.
    private func makeDirectories(_ specs: [PoolSpec]) throws(SystemError) {
        for spec in specs {
            let path = "\(directories.runtime)/\(spec.name)"
            if mkdir(path, 0o755) != 0, errno != EEXIST { throw SystemError("mkdir", on: path, code: errno) }
            guard let user = spec.worker.user else { continue }
            guard let (_, owner) = try? UserDatabase.credentials(user: user, group: spec.worker.group) else { continue }
            try syscall("chown", on: path) { chown(path, owner.userID, owner.groupID) }
            try directories.openRuntimeToWorkers()
        }
    }

    private func bind(
        _ listeners: FrontListeners,
        _ specs: [PoolSpec],
        _ notes: inout [(PoolEvent.Severity, String)]
    ) throws(StartFailure) {
        try system { () throws(SystemError) in try listeners.bindProbe() }
        var failures: [String] = []
        for spec in specs {
            for (address, error) in listeners.bind(spec) {
                var text = "pool \(spec.name): cannot listen at \(address): \(error.reason)"
                if error.code == EADDRINUSE, let holder = PortHolder.find(address) { text += ", by \(holder)" }
                if error.code == EACCES { text += "; ports below 1024 need root or CAP_NET_BIND_SERVICE" }
                failures.append(text)
            }
        }
        listeners.dropUnwanted()
        guard failures.isEmpty || isTakeover else {
            throw StartFailure(code: StartFailure.environment, message: failures.joined(separator: "\n"))
        }
        for failure in failures { notes.append((.error, failure)) }
    }

    /// The control socket: the keeper's, so that clients wait rather than fail while there is no manager; else bound.
    private func controlSocket() throws(StartFailure) -> FileDescriptor {
        if let socket = inventory.descriptors[Bootstrap.controlName] { return socket }
        let group = geteuid() == 0 ? try? UserDatabase.groupID("pool") : nil
        let access = ListeningSocket.Access(mode: 0o660, groupID: group)
        let path = directories.controlSocket
        let socket = try system { () throws(SystemError) in
            try ListeningSocket.bind(.unix(path: path), backlog: 512, access: access)
        }
        if let group { chown(directories.runtime, .max, group) }
        link.store(socket, name: Bootstrap.controlName)
        return socket
    }

    private static let controlName = "control"
    private static let statisticsName = "statistics"

    private func statistics(workers: Int) throws(StartFailure) -> StatsSegment {
        do throws(StatsSegment.Failure) {
            if let kept = inventory.descriptors[Bootstrap.statisticsName] {
                return try StatsSegment(adopting: kept)
            }
            // Room for the pool to be scaled; memory is only taken for slots that are used.
            let slots = min(Limits.slotsMax, max(256, workers * 4))
            let segment = try StatsSegment(lanes: Bootstrap.lanes, slots: slots)
            link.store(segment.descriptor, name: Bootstrap.statisticsName)
            return segment
        } catch {
            throw StartFailure(code: StartFailure.environment, message: "\(error)")
        }
    }

    /// Two proxies' worth of one loop a core, so that one can replace the other.
    private static var lanes: Int { max(2, min(Limits.lanesMax, 2 * Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))) }

    private func makeManager(
        _ driver: SystemDriver,
        _ profiles: [LoadedPool],
        _ state: DaemonState?,
        _ history: [PoolEvent]
    ) -> Manager {
        let clock = ManagerClock { Moment(now: MonotonicClock.now, wall: WallClock.now) }
        let moment = clock.moment
        let runtime = directories.runtime
        let pools = profiles.map { pool in
            let directory = ManagedPool.directory(of: pool.path)
            let machine = PoolMachine(
                spec: pool.spec,
                state: pool.state,
                known: processes(of: pool.spec.name),
                beginning: isTakeover ? .warm : .cold,
                at: moment,
                seed: UInt64.random(in: .min ... .max),
                address: { spec, id in
                    AddressTemplate.address(of: id, spec, runtimeDirectory: runtime, profileDirectory: directory)
                }
            )
            return ManagedPool(machine: machine, profilePath: pool.path, profileError: pool.error)
        }
        let identity = DaemonIdentity(
            pid: getpid(),
            keeper: inventory.welcome.keeper,
            startedAt: moment.wall,
            runtimeDirectory: directories.runtime,
            stateDirectory: directories.state
        )
        return Manager(
            executor: reactor,
            clock: clock,
            identity: identity,
            driver: driver,
            pools: pools,
            state: state ?? DaemonState(),
            events: EventLog(history: history, lastSequence: state?.eventSequence ?? 0)
        )
    }

    private func begin(
        _ manager: Manager,
        _ driver: SystemDriver,
        _ specs: [PoolSpec],
        _ notes: [(PoolEvent.Severity, String)]
    ) {
        let number = inventory.welcome.managerCount
        let what = isTakeover ? "taken over by a new manager (number \(number))" : "started"
        let severity: PoolEvent.Severity = isTakeover ? .warning : .notice
        manager.assumeIsolated { manager in
            for (severity, text) in notes { manager.report(severity, .daemon, nil, text) }
            manager.report(severity, .daemon, nil, "\(what), pid \(getpid())")
            driver.beginLogs(specs, lives: manager.lifeByWorker)
        }
        driver.beginProxies(inventory)
        manager.assumeIsolated { $0.begin() }
        for child in inventory.children where child.end == nil {
            if case .worker(let id, _, _) = ChildTag(child.tag) { driver.stats.follow(id, child.process) }
        }
        for child in inventory.children where child.end != nil { driver.knewOf(child) }
    }
}
