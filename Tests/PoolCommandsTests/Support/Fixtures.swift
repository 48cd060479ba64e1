import PoolAPI
import PoolModel

/// A pool in every condition that a worker can be in.
enum Fixtures {
    static let now = Timestamp(microseconds: 1_795_000_100_000_000)

    static func ago(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: now.microseconds - seconds * 1_000_000) }

    /// One that is good for 60 days, one that ends in five, and one whose files cannot be used.
    static func certificates(at now: Timestamp = now) -> [CertificateStatus] {
        func certificate(_ name: String, days: Int64?, problem: String? = nil) -> CertificateStatus {
            CertificateStatus(
                certificate: "/etc/pool/\(name).pem",
                key: "/etc/pool/\(name).key",
                pools: ["example"],
                listen: ["0.0.0.0:443"],
                names: days == nil ? [] : ["\(name).test", "*.\(name).test"],
                subject: "CN=\(name).test",
                issuer: "CN=authority",
                keyKind: "EC 256",
                fingerprint: "0123",
                validFrom: now,
                validUntil: days.map { Timestamp(microseconds: now.microseconds + $0 * 86_400_000_000) },
                problem: problem
            )
        }
        return [
            certificate("good", days: 60), certificate("short", days: 5),
            certificate("broken", days: nil, problem: "/etc/pool/broken.pem cannot be read: No such file"),
        ]
    }

    static let workers: [WorkerSnapshot] = {
        var green = worker(1)
        green.resources?.cpuPercent = 12.34
        var unhealthy = worker(2, health: .unhealthy)
        unhealthy.status.lastProbe = ProbeResult(
            phase: .status,
            status: 503,
            detail: "HTTP 503: \"db pool exhausted\"",
            elapsed: .milliseconds(3),
            at: ago(1)
        )
        unhealthy.traffic.status5xx = 12
        var backoff = worker(3, state: .backoff, health: .unknown)
        backoff.status.retryAt = Timestamp(microseconds: now.microseconds + 4_000_000)
        backoff.status.reason = "exited with code 1; next start in 4 s\u{1b}[2J"
        backoff.status.restarts = 7
        var drained = worker(4)
        drained.status.admin = .drain
        let stopped = worker(12, state: .stopped, health: .unknown)
        return [green, unhealthy, backoff, drained, stopped]
    }()

    static func worker(
        _ number: Int,
        pool: String = "example",
        state: ProcessState = .running,
        health: Health = .healthy
    ) -> WorkerSnapshot {
        let id = WorkerID(pool: pool, number: number)
        var traffic = TrafficStats()
        traffic.requests = 1000 + UInt64(number)
        traffic.requestsPerSecond = state == .running ? 25 : 0
        traffic.p50Milliseconds = state == .running ? 0.84 : nil
        traffic.p99Milliseconds = state == .running ? 41.6 : nil
        return WorkerSnapshot(
            name: id.description,
            status: WorkerStatus(
                id: id,
                state: state,
                health: health,
                process: state == .running ? ProcessIdentity(pid: 4000 + Int32(number), startTicks: 1) : nil,
                life: 1,
                address: .unix(path: "/run/pool/\(pool)/\(id).sock"),
                since: ago(60),
                startedAt: state == .running ? ago(192) : nil
            ),
            traffic: traffic,
            resources: state == .running
                ? ResourceStats(
                    cpuPercent: 1,
                    cpuSeconds: 2,
                    rssBytes: 24_500_000,
                    threads: 1,
                    fileDescriptors: 9,
                    uptimeSeconds: 192
                ) : nil
        )
    }

    static func pool(_ workers: [WorkerSnapshot] = workers, name: String = "example") -> PoolSnapshot {
        var traffic = TrafficStats()
        traffic.requests = 5010
        traffic.requestsPerSecond = 75
        traffic.p99Milliseconds = 42
        return PoolSnapshot(
            name: name,
            generation: 2,
            sequence: 9,
            at: now,
            listen: [.tcp(host: "0.0.0.0", port: 8080)],
            workers: workers,
            stats: traffic
        )
    }

    static func state(_ pools: [PoolSnapshot] = [pool()], operations: [Operation] = []) -> StateSnapshot {
        StateSnapshot(sequence: 9, at: now, pools: pools, operations: operations)
    }

    static func operation(
        _ state: Operation.State,
        verb: Operation.Verb = .restart,
        steps: [Operation.State] = [],
        result: String? = nil
    ) -> Operation {
        Operation(
            id: OperationID(number: 17),
            verb: verb,
            pool: "example",
            actor: "alice (uid 1000)",
            why: "new release",
            state: state,
            steps: steps.enumerated().map { index, state in
                let id = WorkerID(pool: "example", number: index + 1)
                return Operation.Step(worker: id, state: state, detail: state == .running ? "waiting for health" : "")
            },
            result: result,
            createdAt: ago(5),
            finishedAt: state.isFinished ? now : nil
        )
    }

    static let profile = ProfileReply(
        pool: "example",
        generation: 2,
        path: "/etc/pool/example.toml",
        running: "[pool]\nname = \"example\"\nworkers = 5\n",
        proposed: "[pool]\nname = \"example\"\nworkers = 6\n",
        issues: []
    )

    static let event = PoolEvent(
        sequence: 9,
        at: now,
        kind: .health,
        severity: .warning,
        pool: "example",
        worker: WorkerID(pool: "example", number: 2),
        message: "unhealthy: HTTP 503",
        actor: "alice (uid 1000)",
        operation: OperationID(number: 17)
    )

    static func line(_ text: String, worker: Int = 1, stream: LogStream = .stdout) -> LogRecord {
        LogRecord(
            sequence: 1,
            at: now,
            worker: WorkerID(pool: "example", number: worker),
            life: 1,
            stream: stream,
            text: text
        )
    }
}
