internal import Glibc
internal import PoolCore
internal import PoolModel
internal import PoolOS
internal import PoolProfile

/// Puts a manager together: from profiles at the first start, from what the last manager and the keeper know after.
struct Bootstrap {
    let options: ManagerOptions
    let reactor: Reactor
    let link: KeeperLink
    let log: DaemonLog
    /// What the keeper holds; what a deserted proxy held is added.
    var inventory: KeeperLink.Inventory

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

    var directories: Directories { options.directories }
    /// A manager of this daemon died, and left what it had begun. One that died before it had written anything did not.
    private(set) var isTakeover = false

    /// - Returns: the manager, which has begun; its driver; the control socket.
    mutating func run() throws(StartFailure) -> (Manager, SystemDriver, FileDescriptor) {
        _ = try? ResourceLimit.raiseOpenFiles()
        var notes: [(PoolEvent.Severity, String)] = []
        let state = readState(&notes)
        let workers = inventory.children.contains { $0.tag.hasPrefix(ChildTag.workerPrefix) }
        isTakeover = inventory.welcome.managerCount > 1 && (workers || state?.keeper == inventory.welcome.keeper)
        let profiles = try loadProfiles(state, &notes)
        let runDirectories = RunDirectories(directories)
        try system { () throws(SystemError) in for pool in profiles { try runDirectories.prepare(pool.spec) } }
        takeFromDeserted(profiles.map(\.spec))
        let listeners = FrontListeners(link: link, directories: directories, inherited: inventory.descriptors)
        try bind(listeners, profiles.map(\.spec), &notes)
        let control = try controlSocket()
        let segment = try statistics(workers: profiles.reduce(0) { $0 + $1.spec.workers }, &notes)
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
                ),
                sockets: WorkerSockets(link: link, inherited: inventory.descriptors),
                runDirectories: runDirectories
            )
        }
        let driver = SystemDriver(parts)
        let manager = makeManager(driver, profiles, state, history)
        driver.attach(manager)
        driver.keeperVersion = inventory.welcome.version
        driver.profileSources = options.profiles
        try system { () throws(SystemError) in try driver.beginNotices(try notifySocket()) }
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
        var isLeaving = false
    }

    /// The profiles: of the state file where their pools run already, else read.
    private func loadProfiles(
        _ state: DaemonState?,
        _ notes: inout [(PoolEvent.Severity, String)]
    ) throws(StartFailure) -> [LoadedPool] {
        if isTakeover, let state, !state.pools.isEmpty {
            return state.pools.map {
                LoadedPool(
                    spec: $0.state.spec,
                    path: $0.profilePath,
                    error: $0.profileError,
                    state: $0.state,
                    isLeaving: $0.isLeaving ?? false
                )
            }
        }
        var files: [(file: String, text: String)] = []
        var problems: [String] = []
        for path in ProfileCheck.expand(options.profiles) {
            do throws(PoolError) {
                files.append((path, try ProfileFile(path: path).text()))
            } catch {
                problems.append(error.description)
            }
        }
        let set = Profile.decodeAll(files, runtimeDirectory: directories.runtime).withFiles
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
    func processes(of pool: String) -> [KnownProcess] {
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
