import PoolAPI
import PoolModel
import PoolScreen
import PoolUI

/// A made-up pool that is the same in every run: what the goldens show and the stories are about.
enum Demo {
    static let now = Timestamp("2026-11-22T07:41:09Z") ?? Timestamp(microseconds: 0)

    static func time(_ secondsAgo: Double) -> Timestamp {
        Timestamp(microseconds: now.microseconds - Int64(secondsAgo * 1_000_000))
    }

    static func worker(_ number: Int, pool: String = "web-prod", second: Int = 0) -> WorkerSnapshot {
        var status = WorkerStatus(
            id: WorkerID(pool: pool, number: number),
            state: .running,
            health: .healthy,
            process: ProcessIdentity(pid: Int32(41_200 + 7 * number), startTicks: 1),
            life: UInt64(1 + number % 3),
            generation: number % 6 == 0 ? 11 : 12,
            address: .unix(path: "/run/pool/\(pool)/\(pool)_\(number).sock"),
            since: time(Double(40 + number * 611)),
            startedAt: time(Double(40 + number * 611)),
            restarts: number % 5 == 0 ? 2 : 0
        )
        status.lastProbe = ProbeResult(
            phase: .done,
            status: 200,
            detail: "HTTP 200",
            elapsed: .microseconds(4100),
            at: time(1)
        )
        var traffic = TrafficStats()
        traffic.requests = UInt64(8000 + 113 * number + 40 * second)
        traffic.status2xx = traffic.requests - 300
        traffic.status3xx = 200
        traffic.status4xx = 93
        traffic.status5xx = number == 12 ? UInt64(7 + second / 10) : 0
        traffic.inFlight = UInt64(number % 4)
        traffic.requestsPerSecond = Double((number * 53 + second * 17) % 400 + 20)
        traffic.errorsPerSecond = number == 12 && second % 10 == 0 ? 1 : 0
        traffic.p50Milliseconds = 2.3 + Double(number % 5)
        traffic.p90Milliseconds = 11
        traffic.p99Milliseconds = Double((number * 37) % 180 + 9)
        let resources = ResourceStats(
            cpuPercent: Double((number * 29) % 90) + 0.4,
            cpuSeconds: Double(number) * 77,
            rssBytes: UInt64(60 + (number * 17) % 140) << 20,
            threads: 5,
            fileDescriptors: 24 + number,
            uptimeSeconds: Double(40 + number * 611)
        )
        return WorkerSnapshot(name: "\(pool)_\(number)", status: status, traffic: traffic, resources: resources)
    }

    /// Workers of every kind: good, draining, failing, unhealthy, starting, stopped.
    static func workers(_ count: Int, pool: String = "web-prod", second: Int = 0) -> [WorkerSnapshot] {
        (1...max(1, count)).map { number in
            var worker = worker(number, pool: pool, second: second)
            guard count >= 12 else { return worker }
            switch number {
            case 3: worker.status.admin = .drain
            case 5:
                worker.status.state = .backoff
                worker.status.health = .unknown
                worker.status.process = nil
                worker.status.lastExit = .exited(code: 1)
                worker.status.retryAt = time(-8)
                worker.status.attempt = 3
                worker.resources = nil
            case 7:
                worker.status.health = .unhealthy
                worker.status.reason = "probe status: HTTP 503: \"db pool exhausted\""
                worker.status.lastProbe = ProbeResult(
                    phase: .status,
                    status: 503,
                    detail: "HTTP 503: \"db pool exhausted\"",
                    elapsed: .microseconds(4100),
                    at: time(1)
                )
            case 10:
                worker.status.state = .starting
                worker.status.health = .unknown
            case 11:
                worker.status.state = .stopped
                worker.status.process = nil
                worker.resources = nil
            default: return worker
            }
            worker.traffic.requestsPerSecond = 0
            worker.traffic.inFlight = 0
            return worker
        }
    }

    static func state(workers count: Int = 16, second: Int = 0, pools: [String] = ["web-prod"]) -> StateSnapshot {
        StateSnapshot(
            sequence: 1000 + UInt64(second),
            at: time(40.2 - Double(second)),
            pools: pools.map { name in
                let workers = workers(count, pool: name, second: second)
                var stats = TrafficStats()
                stats.requests = 131_072
                stats.status5xx = 12
                stats.retries = 6
                stats.inFlight = 24
                stats.requestsPerSecond = workers.reduce(0) { $0 + $1.traffic.requestsPerSecond }
                stats.errorsPerSecond = 0.4
                stats.p50Milliseconds = 3.1
                stats.p99Milliseconds = 48
                return PoolSnapshot(
                    name: name,
                    generation: 12,
                    sequence: 1000,
                    at: time(0.2),
                    listen: [],
                    workers: workers,
                    stats: stats,
                    profilePath: "/etc/pool/web.toml"
                )
            },
            operations: []
        )
    }

    static let events: [PoolEvent] = {
        let worker7 = WorkerID(pool: "web-prod", number: 7)
        return [
            PoolEvent(
                sequence: 1,
                at: time(12_000),
                kind: .exit,
                severity: .error,
                pool: "web-prod",
                worker: worker7,
                message: "killed by signal 9 (RSS limit 320M exceeded)"
            ),
            PoolEvent(
                sequence: 2,
                at: time(1800),
                kind: .operation,
                severity: .notice,
                pool: "web-prod",
                message: "rolling restart to generation 12, batch 1",
                actor: "deploy (uid 998)",
                operation: OperationID(number: 16)
            ),
            PoolEvent(
                sequence: 3,
                at: time(900),
                kind: .operation,
                pool: "web-prod",
                message: "rolling restart finished: 16 of 16 in 1m52s",
                operation: OperationID(number: 16)
            ),
            PoolEvent(
                sequence: 4,
                at: time(120),
                kind: .admin,
                severity: .notice,
                pool: "web-prod",
                worker: WorkerID(pool: "web-prod", number: 3),
                message: "drain by alice (uid 1000)",
                actor: "alice (uid 1000)"
            ),
            PoolEvent(
                sequence: 5,
                at: time(11),
                kind: .health,
                severity: .warning,
                pool: "web-prod",
                worker: worker7,
                message: "healthy to unhealthy: HTTP 503 on /health, 3 of 3 probes: \"db pool exhausted\""
            ),
        ]
    }()

    static let logTexts = [
        "INFO  GET /api/v1/items/871 200 3.2ms", "WARNING upstream timeout after 250ms, retry 1/2",
        "INFO  POST /login 302 12.9ms",
        "ERROR health check failed: 503 Service Unavailable (3/3)", "INFO  GET /検索?q=東京 200 8.1ms",
        "DEBUG keep-alive reuse fd 31, 118 requests", "ERROR handler raised: KeyError 'sku'",
        "127.0.0.1 [22/Nov/2026:07:41:05 +0000] \"GET /static/app.js HTTP/1.1\" 200 104302 \"https://example.org/\" \"Mozilla/5.0\"",
    ]

    static func lines(_ count: Int, from first: Int = 1) -> [LogRecord] {
        (first..<first + count).map { index in
            LogRecord(
                sequence: UInt64(index),
                at: time(Double(count - index + first) * 0.25),
                worker: WorkerID(pool: "web-prod", number: index * 7 % 16 + 1),
                life: 1,
                stream: index % 3 == 0 ? .stderr : .stdout,
                text: logTexts[index % logTexts.count]
            )
        }
    }

    /// A dashboard that has watched the pool for a while.
    static func model(
        _ size: Size = Size(columns: 80, rows: 24),
        workers: Int = 16,
        glyphs: Glyphs = .unicode,
        pools: [String] = ["web-prod"]
    ) -> DashboardModel {
        var settings = Settings()
        settings.glyphs = glyphs
        var model = DashboardModel(
            settings: settings,
            host: HostFacts(cores: 8, memoryBytes: 16 << 30),
            size: size,
            now: now,
            socket: "/run/pool/control.sock"
        )
        var link = DaemonLink(socket: "/run/pool/control.sock")
        link.phase = .live
        model.hasSeenKey = true
        apply(&model, .link(link))
        apply(
            &model,
            .version(
                VersionReply(
                    pid: 4711,
                    keeperPid: 4710,
                    startedAt: time(273_600),
                    runtimeDirectory: "/run/pool",
                    stateDirectory: "/var/lib/pool",
                    access: .operate
                )
            )
        )
        for second in 0..<40 { apply(&model, .state(state(workers: workers, second: second, pools: pools))) }
        apply(&model, .events(events))
        apply(&model, .lines(lines(60)))
        apply(&model, .clock(now: now, uptime: .seconds(60)))
        for message in answers { apply(&model, message) }
        return model
    }

    /// What the daemon says when a view asks it.
    static let answers: [Message] = [
        .detail(detail), .front(front), .profile(profile), .plan(plan, pool: "web-prod"),
    ]

    static let detail = WorkerDetail(
        worker: WorkerID(pool: "web-prod", number: 7),
        life: 2,
        processes: [
            WorkerProcess(
                pid: 41_249,
                depth: 0,
                name: "gunicorn",
                state: "S",
                rssBytes: 41 << 20,
                cpuSeconds: 9,
                threads: 1,
                gunicorn: GunicornProcess(role: .master)
            ),
            WorkerProcess(
                pid: 41_260,
                depth: 1,
                name: "gunicorn",
                state: "R",
                rssBytes: 92 << 20,
                cpuSeconds: 480,
                threads: 4,
                gunicorn: GunicornProcess(role: .worker, heartbeatSeconds: 0.42)
            ),
            WorkerProcess(
                pid: 41_261,
                depth: 1,
                name: "imagemagick",
                state: "D",
                rssBytes: 46 << 20,
                cpuSeconds: 50,
                threads: 2
            ),
        ],
        environment: [
            EnvironmentEntry(name: "DATABASE_URL", value: "(hidden)"), EnvironmentEntry(name: "LANG", value: "C.UTF-8"),
            EnvironmentEntry(name: "PATH", value: "/usr/local/bin:/usr/bin:/bin"),
            EnvironmentEntry(name: "POOL_NAME", value: "web-prod"),
        ],
        latency: [
            (1.024, 31), (2.048, 112), (4.096, 401), (8.192, 288), (16.384, 97), (65.536, 22), (131.072, 13),
        ].map { LatencyBand(belowMilliseconds: $0, count: $1) }
    )

    static let front: FrontReply = {
        func tls(_ name: String) -> CertificateFiles {
            CertificateFiles(certificate: "/etc/ssl/\(name).pem", key: "/etc/ssl/\(name).key")
        }
        func address(_ text: String) -> Address { Address(text) ?? .unix(path: "/none") }
        let secure = TLSSpec(certificates: [tls("example.org"), tls("example.net")], versionMin: .v13)
        var good = CertificateReport(certificate: "/etc/ssl/example.org.pem")
        good.subject = "CN = example.org"
        good.issuer = "C = US, O = Let's Encrypt, CN = R11"
        good.names = "DNS:example.org, DNS:www.example.org"
        good.validUntil = time(-70 * 86_400)
        var ending = CertificateReport(certificate: "/etc/ssl/example.net.pem")
        ending.names = "DNS:example.net"
        ending.validUntil = time(-6 * 86_400)
        ending.failure = "/etc/ssl/example.net.key: the key is not that of the certificate"
        var proxy = ProxyStats()
        proxy.accepted = 81_211
        proxy.connections = 812
        proxy.refused = 3
        proxy.bufferBytes = 9 << 20
        proxy.bufferBytesMax = 256 << 20
        return FrontReply(
            pool: "web-prod",
            listeners: [
                ListenerReport(FrontListener(address("0.0.0.0:443"), tls: secure)),
                ListenerReport(FrontListener(address("0.0.0.0:80"), redirect: HTTPSRedirect())),
                ListenerReport(FrontListener(address("unix:/run/pool/web-prod.sock"))),
            ],
            certificates: [good, ending],
            proxy: proxy
        )
    }()

    static let profile = ProfileReply(
        pool: "web-prod",
        generation: 12,
        path: "/etc/pool/web.toml",
        running: "[pool]\nname = \"web-prod\"\nworkers = 16\n\n[worker]\ncommand = [\"gunicorn\", \"app\"]\n",
        proposed: "[pool]\nname = \"web-prod\"\nworkers = 18\n\n[worker]\ncommand = [\"gunicorn\", \"app\", \"-w2\"]\n",
        issues: [
            ProfileIssueRecord(
                severity: .warning,
                line: 9,
                key: "worker.comand",
                message: "unknown key",
                suggestion: "did you mean command?"
            )
        ]
    )

    static let plan: ReloadReply = {
        var reload = PoolReload(pool: "web-prod", path: "/etc/pool/web.toml", outcome: .differs, generation: 12)
        reload.changed = ["pool.workers", "worker.command"]
        reload.restarts = (1...16).map { WorkerID(pool: "web-prod", number: $0) }
        return ReloadReply(pools: [reload])
    }()

    @discardableResult
    static func apply(_ model: inout DashboardModel, _ message: Message) -> [Effect] { update(&model, message) }

    /// Presses keys one after the other and returns what they asked for.
    @discardableResult
    static func press(_ model: inout DashboardModel, _ keys: [Key]) -> [Effect] {
        keys.flatMap { update(&model, .key($0)) }
    }

    @discardableResult
    static func type(_ model: inout DashboardModel, _ text: String) -> [Effect] {
        press(&model, text.unicodeScalars.map { .character($0) })
    }
}
