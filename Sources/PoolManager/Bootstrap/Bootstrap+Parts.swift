internal import Glibc
internal import PoolCore
internal import PoolModel
internal import PoolOS

/// What a bootstrap makes, part by part.
extension Bootstrap {
    func system<Value>(_ body: () throws(SystemError) -> Value) throws(StartFailure) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw StartFailure(code: StartFailure.environment, message: "\(error)")
        }
    }

    func bind(
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
    func controlSocket() throws(StartFailure) -> FileDescriptor {
        if let socket = inventory.descriptors[Bootstrap.controlName] { return socket }
        let socket = try system { () throws(SystemError) in try ControlSocketWatch.bind(directories) }
        link.store(socket, name: Bootstrap.controlName)
        return socket
    }

    static let controlName = "control"
    static let statisticsName = "statistics"

    /// The socket that workers speak to: the keeper's, so that what is said while there is no manager waits; else bound.
    func notifySocket() throws(SystemError) -> NotifySocket {
        if let kept = inventory.descriptors[NoticeReceiver.storeName] { return NotifySocket(adopting: kept) }
        let socket = try NotifySocket(path: directories.notifySocket)
        link.store(socket.descriptor, name: NoticeReceiver.storeName)
        return socket
    }

    /// The segment of the manager before; a new one at the first start, and after an upgrade from a version whose
    /// counters were others: the proxy that counts in the old one is replaced by the upgrade anyway.
    func statistics(workers: Int, _ notes: inout [(PoolEvent.Severity, String)]) throws(StartFailure) -> StatsSegment {
        do throws(StatsSegment.Failure) {
            if let kept = inventory.descriptors[Bootstrap.statisticsName] {
                do throws(StatsSegment.Failure) {
                    return try StatsSegment(adopting: kept)
                } catch {
                    guard case .unusable(let why) = error else { throw error }
                    notes.append((.warning, "the counters begin anew; the statistics kept cannot be read: \(why)"))
                }
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

    /// Four proxies' worth of one loop a core: one that serves, its successor, and some that still drain.
    private static var lanes: Int { max(8, min(Limits.lanesMax, 4 * Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))) }

    func makeManager(
        _ driver: SystemDriver,
        _ profiles: [LoadedPool],
        _ state: DaemonState?,
        _ history: [PoolEvent]
    ) -> Manager {
        let clock = ManagerClock { Moment(now: MonotonicClock.now, wall: WallClock.now) }
        let moment = clock.moment
        let runtime = directories.runtime
        let pools = profiles.map { pool in
            let machine = PoolMachine(
                spec: pool.spec,
                state: pool.state,
                known: processes(of: pool.spec.name),
                beginning: isTakeover ? .warm : .cold,
                at: moment,
                seed: UInt64.random(in: .min ... .max),
                address: ManagedPool.addressRule(runtimeDirectory: runtime, profilePath: pool.path)
            )
            var managed = ManagedPool(machine: machine, profilePath: pool.path, profileError: pool.error)
            managed.isLeaving = pool.isLeaving
            return managed
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

    func begin(
        _ manager: Manager,
        _ driver: SystemDriver,
        _ specs: [PoolSpec],
        _ notes: [(PoolEvent.Severity, String)]
    ) {
        let number = inventory.welcome.managerCount
        let adopted = adoptedWorkers
        let started = adopted > 0 ? "started after the death of a keeper; \(adopted) workers run on" : "started"
        let what = isTakeover ? "taken over by a new manager (number \(number))" : started
        let severity: PoolEvent.Severity = isTakeover || adopted > 0 ? .warning : .notice
        let foreign = endForeign(specs)
        // These handlers run on the reactor, which is the manager's executor.
        manager.assumeIsolated { manager in
            for (severity, text) in notes { manager.report(severity, .daemon, nil, text) }
            manager.report(severity, .daemon, nil, "\(what), pid \(getpid())")
            for name in foreign {
                manager.report(.warning, .daemon, nil, "\(name) is ended: no profile has its pool any more")
            }
            driver.beginLogs(specs, lives: manager.lifeByWorker)
        }
        driver.beginProxies(inventory, engine: specs.first?.front.engine ?? .builtIn)
        // Before any hook is run again.
        for child in inventory.children where child.end == nil {
            if case .hook = ChildTag(child.tag) { driver.endDeserted(child) }
        }
        // These handlers run on the reactor, which is the manager's executor.
        manager.assumeIsolated { $0.begin() }
        for child in inventory.children where child.end == nil {
            switch ChildTag(child.tag) {
            case .worker(let id, let life, _): driver.follow(id, life: life, child.process)
            case .hook, .proxy, nil: break
            }
        }
        for child in inventory.children where child.end != nil { driver.knewOf(child) }
    }
}
