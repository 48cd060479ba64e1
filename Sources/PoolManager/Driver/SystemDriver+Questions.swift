internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolProfile

/// What the manager asks of what it does not keep itself: figures, logs, files.
extension SystemDriver {
    var lastLine: UInt64 { logs.lastSequence }

    func traffic(slot: Int) -> TrafficStats { stats.traffic(slot: slot) }
    func latencies(slot: Int) -> MetricsPage.Latency? { stats.latencies(slot: slot) }
    func resources(of worker: WorkerID) -> ResourceStats? { stats.resources(of: worker) }
    func recentLatencies(slot: Int) -> [UInt64] { stats.recentLatencies(slot: slot) }
    func inspect(_ process: ProcessIdentity) -> (processes: [WorkerProcess], environment: [EnvironmentEntry]) {
        (ProcessInspector.tree(of: process), ProcessInspector.environment(of: process))
    }
    func certificates(of front: FrontSpec) -> [CertificateReport] { proxies.certificates(of: front) }
    var proxyFigures: ProxyStats { stats.proxy }

    func traffic(pool: String) -> TrafficStats { stats.traffic(pool: pool) }

    func lines(_ filter: LogFilter, after sequence: UInt64?, tail: Int, limit: Int) -> LogLines {
        logs.lines(filter, after: sequence, tail: tail, limit: limit)
    }

    func archived(_ request: ArchiveRequest) async -> ArchiveLines { await logs.archive.lines(request) }

    func profile(text: String, path: String) -> ProfileReading {
        ProfileReading(Profile.decode(text: text, file: path, runtimeDirectory: directories.runtime))
    }

    func profile(path: String) -> ProfileReading { ProfileFile(path: path).read(runtimeDirectory: directories.runtime) }
}
