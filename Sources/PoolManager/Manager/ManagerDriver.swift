package import PoolAPI
package import PoolCore
package import PoolModel
package import PoolProfile

/// Everything that the manager does to the world. The real one is ``SystemDriver``; tests have their own.
///
/// All calls come on the manager's thread. What takes time answers later through ``Manager/receive(_:pool:)`` or the
/// callback given; nothing blocks.
package protocol ManagerDriver: AnyObject, Sendable {
    /// Starts a process; answered by `spawned` or `spawnFailed`.
    func spawn(_ start: WorkerStart)
    /// Runs a hook; answered by `hookEnded`, at the latest after its timeout.
    func runHook(_ start: HookStart)
    /// Sends a signal, unless the process has been replaced meanwhile.
    func signal(_ process: ProcessIdentity, signal: String, asGroup: Bool)
    /// Removes a stale unix socket; returns what stands in the way, for an event.
    func cleanSocket(_ address: Address) -> String?
    /// Answered by `probed`.
    func probe(_ worker: WorkerID, life: Life, health: HealthSpec)
    /// Answered by `listenChecked`.
    func checkListening(_ worker: WorkerID, life: Life, at address: Address)
    /// Exchanges and tunnels under way at the worker in a slot, over all proxies.
    func inFlight(slot: Int) -> UInt64
    /// Tells the proxies. `routed` comes back through ``Manager/proxiesRouted(version:)``.
    /// - Returns: false where there is no proxy to tell: it will get the table when it comes.
    func publish(_ table: RoutingTable) -> Bool
    /// Calls ``Manager/receive(_:pool:)`` with `deadlineReached` at this time; replaces the pool's one before.
    func setDeadline(_ deadline: Duration?, pool: String)
    /// Calls ``Manager/publishingDue()`` at this time; does nothing where it is going to be called already.
    func setPublishing(at time: Duration)
    /// Has another proxy process take over from the one that serves; `loops` nil is as many as before.
    func replaceProxy(
        loops: Int?,
        drainLimit: Duration?,
        completion: @escaping @Sendable (Result<ProxyReplacement, PoolError>) -> Void
    )
    /// This process's own program.
    var program: ProgramFile { get }
    /// Whether the keeper can become another program.
    var canUpgrade: Bool { get }
    /// Asks a program whether the keeper may become it.
    func checkProgram(_ path: String, completion: @escaping @Sendable (Result<ProgramOffer, PoolError>) -> Void)
    /// Lets the keeper become that program, which ends this manager; calls back only where it cannot be.
    func upgrade(to path: String, failure: @escaping @Sendable (String) -> Void)
    /// What the fronts show, by the files' names.
    var certificates: [CertificateStatus] { get }
    /// Reads the certificates' files at once; returns the new ones.
    func reloadCertificates() -> [String]
    /// Writes the state file and calls back with what went wrong.
    func save(_ state: DaemonState, completion: @escaping @Sendable (String?) -> Void)
    /// The write that was under way is over.
    func saved(isWritten: Bool)
    /// Records an event where it outlives the daemon, and says it in the daemon's log.
    func record(_ event: PoolEvent)
    /// Puts a mark of ours between a worker's lines.
    func mark(_ worker: WorkerID, life: Life, text: String)
    /// What keeps us from listening at these addresses, a sentence each. Nothing is kept of the attempt.
    func obstacles(at addresses: [Address]) -> [String]
    /// The pool has a new profile: its fronts, its log rules and its probes follow.
    func profileChanged(_ spec: PoolSpec)
    /// The profiles that the daemon's arguments stand for now: directories may have others than at its start.
    var profileListing: ProfileListing { get }
    /// Makes what a pool that comes while the daemon runs needs: its directories, its logs, its fronts.
    func begin(_ spec: PoolSpec) throws(PoolError)
    /// Gives up what was kept for a pool that has left: its fronts, its timer.
    func end(pool: String)
    /// Gives up what was kept for a worker that has left its pool.
    func release(_ worker: WorkerID)

    /// Figures of a worker, as sampled last.
    func traffic(slot: Int) -> TrafficStats
    func resources(of worker: WorkerID) -> ResourceStats?
    /// Latencies of the worker in a slot since the statistics segment was made; nil where it has served nothing.
    func latencies(slot: Int) -> MetricsPage.Latency?
    /// Latencies of the last minute of the worker in a slot, by ``LatencyBuckets``.
    func recentLatencies(slot: Int) -> [UInt64]
    /// A process with its descendants and its environment, as they are now.
    func inspect(_ process: ProcessIdentity) -> (processes: [WorkerProcess], environment: [EnvironmentEntry])
    /// The certificates of a front as they were last read.
    func certificates(of front: FrontSpec) -> [CertificateReport]
    /// What the proxies count that belongs to no worker.
    var proxyFigures: ProxyStats { get }
    /// How short the host is of what workers need.
    var hostFigures: HostStats? { get }
    /// Figures of a pool: the sums of its workers, and quantiles over all of them.
    func traffic(pool: String) -> TrafficStats
    /// The number of the newest line of all logs.
    var lastLine: UInt64 { get }
    /// Lines of the pools' logs.
    func lines(_ filter: LogFilter, after sequence: UInt64?, tail: Int, limit: Int) -> LogLines
    /// Lines that are no longer in memory, from the log files; the manager goes on meanwhile.
    func archived(_ request: ArchiveRequest) async -> ArchiveLines

    /// Reads a profile again, for a reload or a check.
    func profile(text: String, path: String) -> ProfileReading
    func profile(path: String) -> ProfileReading
    /// The shutdown has begun, and may take so long before the proxies are drained: the keeper kills what is left later.
    func limitShutdown(_ limit: Duration)
    /// All processes of the pools are gone: let the proxies finish. Answered by ``Manager/proxiesDrained()``.
    func drainProxies()
    /// Everything is written: end the daemon.
    func end()
}

/// A process to be started in a worker's slot.
package struct WorkerStart: Hashable, Sendable {
    package var worker: WorkerID
    package var life: Life
    package var generation: Generation
    package var spec: PoolSpec
    package var profileDirectory: String
}

/// A hook that is to be run.
package struct HookStart: Hashable, Sendable {
    package var run: HookRun
    package var spec: PoolSpec
    /// Where its worker listens.
    package var address: Address?
    package var profileDirectory: String

    /// Whose log its output belongs to; nil for a hook of a whole operation.
    var worker: (id: WorkerID, life: Life)? {
        if case .worker(let id, let life) = run.subject { (id, life) } else { nil }
    }
}

/// A profile as it was read: what it defines, or all that is wrong with it.
package struct ProfileReading: Sendable {
    package var profile: Profile?
    package var issues: [ProfileIssueRecord]

    package var spec: PoolSpec? { profile?.spec }

    package init(profile: Profile?, issues: [ProfileIssueRecord]) {
        self.profile = profile
        self.issues = issues
    }

    /// A reading of no text: issues that come up later have no place in it.
    package init(spec: PoolSpec?, issues: [ProfileIssueRecord]) {
        self.init(profile: spec.map { Profile(file: "profile", directory: "/", spec: $0) }, issues: issues)
    }
}
