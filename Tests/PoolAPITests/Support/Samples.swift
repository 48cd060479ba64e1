import PoolAPI
import PoolModel

/// One value of every message with every field set, and one with as few as possible.
enum Samples {
    static let time = Timestamp(microseconds: 1_795_000_000_120_000)
    static let id = WorkerID(pool: "example", number: 3)

    static let traffic: TrafficStats = {
        var traffic = TrafficStats()
        traffic.requests = 1200
        traffic.inFlight = 3
        traffic.status2xx = 1190
        traffic.status5xx = 10
        traffic.bytesOut = 1 << 33
        traffic.requestsPerSecond = 12.5
        traffic.p50Milliseconds = 1.25
        traffic.p90Milliseconds = 2.5
        traffic.p99Milliseconds = 41
        return traffic
    }()

    static func status(
        _ number: Int = 3,
        state: ProcessState = .running,
        health: Health = .healthy,
        exit: ExitReason? = nil
    ) -> WorkerStatus {
        WorkerStatus(
            id: WorkerID(pool: "example", number: number),
            state: state,
            health: health,
            process: state.isAlive ? ProcessIdentity(pid: 4000 + Int32(number), startTicks: 99) : nil,
            life: 2,
            address: .unix(path: "/run/pool/example/example_\(number).sock"),
            reason: health == .unhealthy ? "probe: HTTP 503" : nil,
            lastExit: exit,
            lastProbe: ProbeResult(
                phase: .status,
                status: 503,
                detail: "HTTP 503",
                elapsed: .milliseconds(2),
                at: time
            ),
            since: time,
            startedAt: time,
            restarts: 1,
            retryAt: time,
            attempt: 2,
            ejectedUntil: health == .healthy ? nil : time,
            isJoining: health == .healthy ? nil : true
        )
    }

    static let bareStatus = WorkerStatus(
        id: id,
        state: .stopped,
        address: .tcp(host: "127.0.0.1", port: 8081),
        since: time
    )

    static let worker = WorkerSnapshot(
        name: "example_3",
        status: status(health: .unhealthy, exit: .signaled(signal: 9, coreDumped: false)),
        traffic: traffic,
        resources: ResourceStats(
            cpuPercent: 1.5,
            cpuSeconds: 0.25,
            rssBytes: 23 << 20,
            threads: 2,
            fileDescriptors: 12,
            uptimeSeconds: 61.5
        )
    )
    static let bareWorker = WorkerSnapshot(
        name: "example_3",
        status: bareStatus,
        traffic: TrafficStats(),
        resources: nil
    )

    static let pool = PoolSnapshot(
        name: "example",
        generation: 3,
        sequence: 41,
        at: time,
        listen: [.tcp(host: "0.0.0.0", port: 8080), .unix(path: "/run/front.sock")],
        workers: [worker],
        stats: traffic,
        profileError: "line 3: unknown key",
        profilePath: "/etc/pool/example.toml",
        panic: "example_3 fails",
        gate: gate
    )
    static let barePool = PoolSnapshot(
        name: "example",
        generation: 1,
        sequence: 0,
        at: time,
        listen: [],
        workers: [],
        stats: TrafficStats()
    )

    private static let hookStep = Operation.HookStep(hook: .beforeRoll, state: .succeeded, detail: "done")
    static let operation = Operation(
        id: OperationID(number: 17),
        verb: .restart,
        pool: "example",
        actor: "alice (uid 1000, pid 4711)",
        why: "new release",
        state: .rolledBack,
        steps: [Operation.Step(worker: id, state: .failed, detail: "not ready within 30 s")],
        hooks: [hookStep],
        result: "rolled back",
        createdAt: time,
        finishedAt: time
    )
    static let bareOperation = Operation(
        id: OperationID(number: 1),
        verb: .stop,
        pool: "example",
        actor: "root",
        createdAt: time
    )

    static let event = PoolEvent(
        sequence: 41,
        at: time,
        kind: .health,
        severity: .warning,
        pool: "example",
        worker: id,
        message: "unhealthy: connection refused",
        actor: "alice (uid 1000)",
        operation: OperationID(number: 17)
    )

    static let line = LogRecord(
        LogLine(
            sequence: 7,
            at: time,
            worker: id,
            life: 2,
            stream: .stderr,
            bytes: Array("caf\u{e9} ".utf8) + [0xFF, 0x1B],
            isContinued: true
        )
    )

    static var weight: WeightRequest {
        var weight = WeightRequest(weight: 2, workers: ["3"], why: "a larger machine")
        weight.expected = [WorkerGuard(worker: id, life: 2)]
        weight.expectedGeneration = 3
        return weight
    }

    static let action: ActionRequest = {
        var action = ActionRequest(verb: .signal, workers: ["1-2"], why: "test")
        action.signal = "HUP"
        action.count = 4
        action.order = .oldest
        action.batch = 2
        action.force = true
        action.expected = [WorkerGuard(worker: id, life: 2)]
        action.expectedGeneration = 3
        return action
    }()

    static let detail = WorkerDetail(
        worker: id,
        life: 2,
        processes: [
            WorkerProcess(
                pid: 4712,
                depth: 0,
                name: "python3",
                state: "S",
                rssBytes: 23 << 20,
                cpuSeconds: 0.25,
                threads: 2,
                gunicorn: GunicornProcess(role: .worker, heartbeatSeconds: 0.5)
            )
        ],
        environment: [EnvironmentEntry(name: "SECRET_KEY", value: ProfileReply.hidden)],
        latency: [LatencyBand(belowMilliseconds: 1.024, count: 31)]
    )

    static let front: FrontReply = {
        let files = CertificateFiles(certificate: "/etc/ssl/example.pem", key: "/etc/ssl/example.key")
        let address = Address.tcp(host: "0.0.0.0", port: 8443)
        var certificate = CertificateReport(certificate: files.certificate)
        certificate.subject = "CN = example.org"
        certificate.issuer = "CN = Example CA"
        certificate.names = "DNS:example.org"
        certificate.validFrom = time
        certificate.validUntil = time
        certificate.failure = "/etc/ssl/example.pem: no such file or directory"
        return FrontReply(
            pool: "example",
            listeners: [ListenerReport(FrontListener(address, tls: TLSSpec(certificates: [files])))],
            certificates: [certificate]
        )
    }()

    static let issue = ProfileIssueRecord(
        severity: .error,
        path: "a.toml",
        line: 3,
        column: 1,
        key: "worker.comand",
        message: "unknown key",
        suggestion: "did you mean command?"
    )

    static let gate = FrontGate(
        kind: .hold,
        until: time,
        afterwards: .refuse,
        retryAfter: 5,
        since: time,
        actor: "alice (uid 1000, pid 4711)",
        why: "migration"
    )

    static let certificate = CertificateStatus(
        certificate: "/etc/pool/site.pem",
        key: "/etc/pool/site.key",
        pools: ["example"],
        listen: ["0.0.0.0:443"],
        names: ["example.org", "*.example.org"],
        subject: "CN=example.org",
        issuer: "CN=R11,O=Let's Encrypt,C=US",
        keyKind: "EC 256",
        fingerprint: "0123456789abcdef",
        validFrom: time,
        validUntil: time,
        problem: "the key /etc/pool/site.key cannot be read: No such file or directory"
    )

    /// Every message by its schema's name.
    static let all: [(name: String, value: any Codable & Sendable)] = [
        ("Version", version), ("Health", HealthReply(pools: [pool])), ("PoolHealth", PoolHealth(pool)),
        ("PoolList", PoolList(pools: [pool])), ("Pool", pool), ("WorkerList", WorkerList(workers: [worker])),
        ("Worker", worker), ("WorkerStatus", worker.status), ("Process", ProcessIdentity(pid: 1, startTicks: 2)),
        ("ProbeResult", ProbeResult(phase: .status, status: 503, detail: "", elapsed: .milliseconds(2), at: time)),
        ("Traffic", traffic), ("Resources", worker.resources), ("ActionRequest", action),
        ("WorkerGuard", WorkerGuard(worker: id, life: 2)), ("Operation", operation),
        ("OperationStep", operation.steps[0]), ("HookStep", hookStep),
        ("OperationList", OperationList(operations: [operation])),
        ("State", StateSnapshot(sequence: 41, at: time, pools: [pool], operations: [operation])),
        (
            "StateChange",
            StateChange(sequence: 42, at: time, pools: [pool], removed: [id], operations: [operation])
        ),
        ("Stats", StatsReply(at: time, pools: [PoolStats(pool)], host: host)), ("HostStats", host),
        ("Pressure", pressure), ("StatsHistory", HistoryReply(at: time, bucketSeconds: 10, series: [series])),
        ("HistorySeries", series), ("HistoryPoint", point), ("PoolStats", PoolStats(pool)),
        ("ProxyStats", ProxyStats()), ("FloodCount", FloodCount(kind: "resets", count: 3)),
        ("WorkerStats", PoolStats(pool).workers[0]), ("Event", event),
        ("EventList", EventList(events: [event], sequence: 41)), ("LogRecord", line),
        ("LogPage", LogPage(lines: [line], sequence: 7)),
        ("CheckRequest", CheckRequest(text: "[pool]\n", path: "a.toml")),
        ("CheckReply", CheckReply(pool: "example", issues: [issue])), ("ProfileIssue", issue),
        ("DeployRequest", deploy),
        ("ReloadRequest", ReloadRequest(pool: "example", why: "why", dryRun: true)),
        ("ReloadReply", ReloadReply(pools: [reload], daemon: configuration)), ("PoolReload", reload),
        ("ConfigurationReload", configuration),
        ("ReplaceProxyRequest", ReplaceProxyRequest(why: "why", loops: 2, drainSeconds: 60)),
        ("ReplaceProxyReply", ReplaceProxyReply(pid: 4711, loops: 2, draining: 1)),
        ("ShutdownRequest", ShutdownRequest(why: "why", force: true)),
        ("UpgradeRequest", UpgradeRequest(why: "0.2", program: "/opt/pool-0.2/bin/poold")),
        ("Problem", Problem(.notFound, "worker example_9 does not exist", object: "worker example_9", remedy: "…")),
        (
            "GateRequest",
            GateRequest(state: .hold, seconds: 30, afterwards: .serve, retryAfterSeconds: 5, why: "migration")
        ),
        ("Gate", gate),
        ("ProxyCertificate", certificate), ("CertificateList", CertificateList(certificates: [certificate])),
        ("ReloadCertificatesRequest", ReloadCertificatesRequest(why: "renewed")),
        (
            "ReloadCertificatesReply",
            ReloadCertificatesReply(changed: ["/etc/pool/site.pem"], certificates: [certificate])
        ),
        ("WeightRequest", weight),
        (
            "Profile",
            ProfileReply(
                pool: "example",
                generation: 3,
                path: "/etc/pool/example.toml",
                running: "[pool]\nname = \"example\"\n",
                proposed: "[pool]\nname = \"example\"\n",
                issues: []
            )
        ),
        ("WorkerDetail", detail), ("WorkerProcess", detail.processes[0]),
        ("GunicornProcess", GunicornProcess(role: .booting, heartbeatSeconds: 0.5)),
        ("EnvironmentEntry", detail.environment[0]),
        ("LatencyBand", detail.latency[0]), ("Front", front), ("Listener", front.listeners[0]),
        ("Certificate", front.certificates[0]),
        ("StreamGap", StreamGap(missed: 12)), ("StreamHeartbeat", StreamHeartbeat(at: time)),
    ]

    private static let deploy: DeployRequest = {
        var deploy = DeployRequest(why: "release 42")
        deploy.command = ["python3", "app.py"]
        deploy.directory = "/srv/app/42"
        deploy.environment = ["RELEASE=42"]
        deploy.unavailableMax = 1
        deploy.surge = 1
        deploy.canary = 1
        deploy.bakeSeconds = 60
        deploy.failureShareMax = 0.02
        deploy.expectedGeneration = 3
        return deploy
    }()

    /// The same with every optional field left out.
    static let bare: [(name: String, value: any Codable & Sendable)] = [
        ("Version", bareVersion), ("Pool", barePool), ("Worker", bareWorker), ("WorkerStatus", bareStatus),
        ("ProbeResult", ProbeResult(phase: .done, detail: "", elapsed: .zero, at: time)), ("Traffic", TrafficStats()),
        ("Operation", bareOperation), ("Event", PoolEvent(at: time, kind: .daemon, message: "started")),
        ("ActionRequest", ActionRequest(verb: .start)), ("CheckRequest", CheckRequest(text: "")),
        ("CheckReply", CheckReply(pool: nil, issues: [])),
        ("ProfileIssue", ProfileIssueRecord(severity: .warning, message: "odd")),
        ("ReloadRequest", ReloadRequest()), ("ReloadReply", ReloadReply(pools: [])),
        ("ShutdownRequest", ShutdownRequest()), ("UpgradeRequest", UpgradeRequest()),
        ("ReplaceProxyRequest", ReplaceProxyRequest()),
        ("ReloadCertificatesRequest", ReloadCertificatesRequest()), ("GateRequest", GateRequest(state: .open)),
        ("ProxyCertificate", CertificateStatus(certificate: "a.pem", key: "a.key", problem: "a.pem: no such file")),
        ("DeployRequest", DeployRequest()),
        ("WorkerStats", PoolStats(poolOfBare).workers[0]), ("HostStats", HostStats()),
        ("HistorySeries", HistorySeries(pool: "example", worker: nil, points: [])),
        (
            "HistoryPoint",
            HistoryPoint(
                at: time,
                requests: 0,
                failures: 0,
                inFlight: 0,
                p99Milliseconds: nil,
                cpuPercent: 0,
                rssBytes: 0
            )
        ),
        ("PoolReload", PoolReload(pool: "example", path: "a.toml", outcome: .unchanged, generation: 1)),
        ("Problem", Problem(.internal, "…")),
    ]

    private static let pressure = HostStats.Pressure(some10: 1.5, some60: 0.75, full10: 0.25)
    private static let host = HostStats(
        cpu: pressure,
        memory: pressure,
        io: pressure,
        cgroupOOMKills: 1,
        hostOOMKills: 2
    )
    private static let point = HistoryPoint(
        at: time,
        requests: 120,
        failures: 5,
        inFlight: 3,
        p99Milliseconds: 12.5,
        cpuPercent: 42,
        rssBytes: 1 << 26
    )
    private static let series = HistorySeries(pool: "example", worker: worker.status.id, points: [point])

    private static let poolOfBare: PoolSnapshot = {
        var pool = barePool
        pool.workers = [bareWorker]
        return pool
    }()

    private static let version = VersionReply(
        version: "0.1.0",
        pid: 12,
        keeperPid: 11,
        startedAt: time,
        runtimeDirectory: "/run/pool",
        stateDirectory: "/var/lib/pool",
        access: .admin
    )
    private static let bareVersion: VersionReply = {
        var bare = version
        bare.keeperPid = nil
        return bare
    }()

    private static let configuration = ConfigurationReload(
        path: "/etc/pool/poold.toml",
        outcome: .refused,
        problems: ["poold.toml:3:1: unknown key access.root; known are view, operate and admin"]
    )

    private static let reload = PoolReload(
        pool: "example",
        path: "a.toml",
        outcome: .applied,
        generation: 4,
        changed: ["worker.command"],
        restarts: [id],
        issues: [issue],
        operation: OperationID(number: 17)
    )
}
