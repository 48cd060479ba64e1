import PoolAPI
import PoolCore
import PoolModel
import Synchronization

@testable import PoolManager

/// Stands in for the world: writes down what the manager does, and does none of it.
///
/// State: `log` and `figures`, guarded by their mutexes; tests read them from other threads.
final class FakeDriver: ManagerDriver {
    enum Call: Equatable {
        case spawn(WorkerID, life: Life)
        case signal(Int32, String)
        case poolBegun(String)
        case poolEnded(String)
        case hook(Hook, WorkerID?)
        case cleanSocket(Address)
        case probe(WorkerID, life: Life)
        case listening(WorkerID)
        case publish(version: UInt64, routable: [WorkerID])
        case publishLater
        case save
        case record(String)
        case mark(WorkerID, Life, String)
        case release(WorkerID)
        case shutdownLimit(Duration)
        case drain
        case end
    }

    private struct Saves {
        var isHeld = false
        var failure: String?
        var pending: [@Sendable (String?) -> Void] = []
        var last: DaemonState?
    }

    private let log = Mutex<[Call]>([])
    private let saves = Mutex(Saves())
    let reading = Mutex(ProfileReading(spec: nil, issues: []))
    /// By path; the others are read as ``reading``.
    let readings = Mutex<[String: ProfileReading]>([:])
    /// Whether there is a proxy to tell the routes.
    let hasProxy: Bool
    let stored = Mutex<[LogLine]>([])

    init(hasProxy: Bool = false) { self.hasProxy = hasProxy }

    var calls: [Call] { log.withLock { $0 } }
    /// The calls without the talk.
    var deeds: [Call] {
        calls.filter {
            switch $0 {
            case .record, .mark: false
            default: true
            }
        }
    }

    func forget() { log.withLock { $0 = [] } }

    private func note(_ call: Call) { log.withLock { $0.append(call) } }

    // MARK: The state file

    /// Lets writes take until ``finishSaves(_:)``.
    func holdSaves() { saves.withLock { $0.isHeld = true } }

    /// Every write fails like this.
    func failSaves(_ reason: String?) { saves.withLock { $0.failure = reason } }

    /// Completes the writes that are under way, and no later ones.
    func finishSaves(_ failure: String? = nil) {
        let pending = saves.withLock { saves in
            defer { saves.pending = [] }
            return saves.pending
        }
        for completion in pending { completion(failure) }
    }

    var saved: DaemonState? { saves.withLock { $0.last } }
    var isSaving: Bool { saves.withLock { !$0.pending.isEmpty } }

    func save(_ state: DaemonState, completion: @escaping @Sendable (String?) -> Void) {
        note(.save)
        let answer: String?? = saves.withLock { saves in
            saves.last = state
            if saves.isHeld {
                saves.pending.append(completion)
                return .none
            }
            return .some(saves.failure)
        }
        if let answer { completion(answer) }
    }

    func saved(isWritten: Bool) {}

    // MARK: Deeds

    func spawn(_ start: WorkerStart) { note(.spawn(start.worker, life: start.life)) }
    func signal(_ process: ProcessIdentity, signal: String, asGroup: Bool) { note(.signal(process.pid, signal)) }

    func cleanSocket(_ address: Address) -> String? {
        note(.cleanSocket(address))
        return nil
    }

    func probe(_ worker: WorkerID, life: Life, health: HealthSpec) { note(.probe(worker, life: life)) }
    func checkListening(_ worker: WorkerID, life: Life, at address: Address) { note(.listening(worker)) }
    func inFlight(slot: Int) -> UInt64 { 0 }

    func publish(_ table: RoutingTable) -> Bool {
        let routable = table.pools.flatMap(\.workers).filter(\.isRoutable).map(\.id)
        note(.publish(version: table.version, routable: routable))
        return hasProxy
    }

    func setPublishing(at time: Duration) { note(.publishLater) }
    func setDeadline(_ deadline: Duration?, pool: String) {}
    func record(_ event: PoolEvent) { note(.record(event.message)) }
    func mark(_ worker: WorkerID, life: Life, text: String) { note(.mark(worker, life, text)) }
    func profileChanged(_ spec: PoolSpec) {}
    func release(_ worker: WorkerID) { note(.release(worker)) }
    func limitShutdown(_ limit: Duration) { note(.shutdownLimit(limit)) }
    func drainProxies() { note(.drain) }
    func end() { note(.end) }
    func replaceProxy(
        loops: Int?,
        drainLimit: Duration?,
        completion: @escaping @Sendable (Result<ProxyReplacement, PoolError>) -> Void
    ) {
        completion(.success(ProxyReplacement(process: nil, loops: loops ?? 2, draining: 1)))
    }

    let hostFigures: HostStats? = nil
    /// The profiles that there are; nobody looks where there are none.
    let paths = Mutex<[String]>([])
    let unlisted = Mutex<[ProfileListing.Failure]>([])
    var profileListing: ProfileListing {
        ProfileListing(paths: paths.withLock { $0 }, failures: unlisted.withLock { $0 })
    }
    func begin(_ spec: PoolSpec) throws(PoolError) { note(.poolBegun(spec.name)) }
    func end(pool: String) { note(.poolEnded(pool)) }
    func runHook(_ start: HookStart) { note(.hook(start.run.hook, start.run.worker)) }
    /// Its own program, and what is found at every other path.
    let program = ProgramFile(path: "/usr/bin/poold", device: 1, inode: 1)
    let offered = Mutex<Result<ProgramOffer, PoolError>>(.failure(PoolError(.invalidArgument, "no such program")))
    let upgrades = Mutex<[String]>([])
    let canUpgrade = true

    func checkProgram(_ path: String, completion: @escaping @Sendable (Result<ProgramOffer, PoolError>) -> Void) {
        completion(offered.withLock { $0 })
    }

    func upgrade(to path: String, failure: @escaping @Sendable (String) -> Void) {
        upgrades.withLock { $0.append(path) }
    }

    var certificates: [CertificateStatus] {
        [CertificateStatus(certificate: "/etc/site.pem", key: "/etc/site.key", pools: ["example"])]
    }

    /// Nobody can listen at port 1.
    func obstacles(at addresses: [Address]) -> [String] {
        addresses.compactMap { if case .tcp(_, 1) = $0 { "cannot listen at \($0)" } else { nil } }
    }

    func reloadCertificates() -> [String] { ["/etc/site.pem"] }

    // MARK: Questions

    func traffic(slot: Int) -> TrafficStats { TrafficStats() }
    func latencies(slot: Int) -> MetricsPage.Latency? { nil }
    func resources(of worker: WorkerID) -> ResourceStats? { nil }
    func recentLatencies(slot: Int) -> [UInt64] { [0, 7] }
    func inspect(_ process: ProcessIdentity) -> (processes: [WorkerProcess], environment: [EnvironmentEntry]) {
        ([], [EnvironmentEntry(name: "SECRET", value: ProfileReply.hidden)])
    }
    func certificates(of front: FrontSpec) -> [CertificateReport] { [] }
    var proxyFigures: ProxyStats { ProxyStats() }
    func traffic(pool: String) -> TrafficStats { TrafficStats() }
    var lastLine: UInt64 { stored.withLock { $0.last?.sequence ?? 0 } }

    func lines(_ filter: LogFilter, after sequence: UInt64?, tail: Int, limit: Int) -> LogLines {
        let scan = LogScan(filter)
        let all = stored.withLock { $0 }.filter { scan.takes($0) && $0.sequence > sequence ?? 0 }
        let lines = sequence == nil ? Array(all.suffix(tail)) : Array(all.prefix(limit))
        return LogLines(lines: lines, next: lines.last?.sequence ?? sequence ?? lastLine, missed: 0)
    }

    /// What it is asked of the log files; they are in memory here.
    func archived(_ request: ArchiveRequest) async -> ArchiveLines { ArchiveLines() }

    func profile(text: String, path: String) -> ProfileReading { reading.withLock { $0 } }
    func profile(path: String) -> ProfileReading {
        readings.withLock { $0[path] } ?? reading.withLock { $0 }
    }
}
