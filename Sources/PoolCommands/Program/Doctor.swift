internal import PoolAPI
internal import PoolClient
internal import PoolModel
internal import PoolProfile

/// Looks for the commonest troubles, each with its remedy. Decides from facts; who gathers them is ``DoctorVerb``.
struct Doctor {
    struct Finding: Hashable, Sendable, Encodable {
        enum Severity: String, Hashable, Sendable, Encodable {
            case ok, warning, trouble
        }

        var severity: Severity
        var what: String
        var remedy: String?
    }

    /// A profile that was read for the examination.
    struct Chart {
        var file: String
        var decoded: Profile.Decoded
        /// Addresses of the front that cannot be bound though no daemon runs, and why.
        var unbindable: [(address: Address, why: String)] = []
        var surroundings = Surroundings()
    }

    /// What of this machine a profile counts on; what was not looked at is taken to be there.
    struct Surroundings: Hashable {
        var isRoot = true
        var hasProgram = true
        var hasDirectory = true
        var hasUser = true
    }

    private(set) var findings: [Finding] = []

    /// Beyond this many descriptors a proxy has room for some thousand clients.
    static let descriptorsWanted: UInt64 = 4096
    /// Restarts that nobody asked for, after which a worker is not well.
    static let restartsMany = 5

    var hasTrouble: Bool { findings.contains { $0.severity == .trouble } }

    /// - Parameter isOfDaemon: They are the running daemon's; else those that a daemon would have that is started here.
    mutating func examine(descriptorsMax: UInt64, isOfDaemon: Bool = false) {
        let who = isOfDaemon ? "the daemon" : "a process"
        if descriptorsMax < Doctor.descriptorsWanted {
            add(
                .warning,
                "\(who) may open only \(descriptorsMax) descriptors",
                isOfDaemon
                    ? "LimitNOFILE=65536 in its unit, or ulimit -Hn 65536 before poold; then start it anew"
                    : "ulimit -n 65536, or LimitNOFILE=65536"
            )
        } else {
            add(.ok, "\(who) may open \(descriptorsMax) descriptors")
        }
    }

    /// Days before the end of a certificate from which on it is worth a word: renewals are made 30 days before.
    static let certificateDays = 14.0

    mutating func examine(_ certificates: [CertificateStatus], at now: Timestamp) {
        for certificate in certificates {
            let name = certificate.certificate
            if let problem = certificate.problem {
                let used = certificate.validUntil == nil ? "no client is served with it" : "the one before is shown"
                add(.trouble, "certificate \(name) is not used, \(used): \(problem)", "poolctl certificate list")
            }
            guard let until = certificate.validUntil else { continue }
            let days = (until.seconds - now.seconds) / 86_400
            if days < 0 {
                add(.trouble, "certificate \(name) ended at \(until)", "renew it, then poolctl certificate reload")
            } else if days < Doctor.certificateDays {
                let text = "certificate \(name) ends in \(Int(days)) days, at \(until)"
                add(.warning, text, "renew it, then poolctl certificate reload")
            } else if certificate.problem == nil {
                add(.ok, "certificate \(name) is good for \(Int(days)) days")
            }
        }
    }

    /// The daemon's answer to `version`, or why there is none.
    mutating func examine(_ version: Result<VersionReply, SessionError>) {
        switch version {
        case .success(let reply) where reply.version != APIVersion.product:
            add(
                .warning,
                "the daemon is version \(reply.version), this program \(APIVersion.product)",
                "install the same version of both and restart the daemon"
            )
        case .success(let reply):
            add(.ok, "the daemon answers (version \(reply.version), access \(reply.access.rawValue))")
            if reply.access == .view {
                add(.warning, "you may look but not act", "run as the daemon's user, or join its group")
            }
        case .failure(let error):
            add(.trouble, error.message, error.remedy)
        }
    }

    mutating func examine(_ state: StateSnapshot) {
        for pool in state.pools {
            if let error = pool.profileError {
                add(.trouble, "\(pool.name): the profile was refused: \(error)", "correct it, then poolctl reload")
            }
            if let gate = pool.gate {
                add(
                    gate.refuses ? .trouble : .warning,
                    "\(pool.name): no request reaches a worker: \(gate.words)",
                    "poolctl front open \(pool.name), when it is time"
                )
            }
            let before = findings.count
            for worker in pool.workers { examine(worker, at: state.at) }
            if findings.count == before { add(.ok, "\(pool.name): all \(pool.workers.count) workers are well") }
        }
        for operation in state.operations where operation.state == .paused {
            add(.warning, "\(operation.id) (\(operation.verb.rawValue)) is paused", "poolctl ops show \(operation.id)")
        }
    }

    private mutating func examine(_ worker: WorkerSnapshot, at now: Timestamp) {
        let status = worker.status
        let why = StatusOutput.why(status, at: now)
        let text = "\(worker.name) is \(status.state.rawValue)\(why.isEmpty ? "" : ": \(why)")"
        switch status.state {
        case .fatal, .backoff, .exited:
            add(.trouble, text, "poolctl logs \(worker.name) -n 50 shows its last words")
        case .starting where status.lastProbe?.phase == .status:
            let detail = status.lastProbe?.detail ?? ""
            add(.trouble, "\(worker.name) does not get ready: the probe says \(detail)", remedy(for: status.lastProbe))
        case .running where status.health == .unhealthy:
            add(.trouble, "\(worker.name) is unhealthy\(why.isEmpty ? "" : ": \(why)")", remedy(for: status.lastProbe))
        case .running where status.admin != .ready:
            add(.warning, "\(worker.name) takes no requests: \(why)", "poolctl resume \(worker.name)")
        case .running where status.restarts >= Doctor.restartsMany:
            add(
                .warning,
                "\(worker.name) has restarted \(status.restarts) times",
                "poolctl events \(worker.name) --kind exit"
            )
        case .stopped where !why.isEmpty:
            add(.warning, text, "poolctl start \(worker.name)")
        case .running, .stopped, .starting, .stopping:
            break
        }
    }

    private func remedy(for probe: ProbeResult?) -> String {
        switch (probe?.phase, probe?.status) {
        case (.status, 404?): "the app has no such path: set health.path to one that it answers, or add it"
        case (.status, 401?), (.status, 403?): "the probe is not let in: give it a path without a login"
        case (.status, _): "the app answers, but badly: see poolctl logs"
        case (.connect, _): "nobody listens at the worker's address: compare worker.listen with what the app is told"
        case (.timeout, _), (.header, _), (.write, _):
            "the app does not answer in time: is it stuck, or health.timeout too short?"
        case (.proxy, _): "the proxy itself is not reached: see poolctl events --kind proxy"
        case (.done, _), (nil, _): "see poolctl events"
        }
    }

    mutating func examine(_ chart: Chart) {
        for issue in chart.decoded.issues {
            add(issue.isError ? .trouble : .warning, issue.description)
        }
        for (address, why) in chart.unbindable {
            add(.trouble, "\(chart.file): nobody can listen at \(address): \(why)", "see who has it: ss -ltnp")
        }
        guard let spec = chart.decoded.spec else { return }
        let before = findings.count
        examine(spec, chart)
        let isRight = findings[before...].allSatisfy { $0.severity != .trouble }
        if chart.decoded.issues.isEmpty, chart.unbindable.isEmpty, isRight {
            add(.ok, "\(chart.file): the profile is right")
        }
    }

    private mutating func examine(_ spec: PoolSpec, _ chart: Chart) {
        let command = spec.worker.command
        if !chart.surroundings.hasProgram {
            add(
                .trouble,
                "\(chart.file): the program \(command.first ?? "") is not found",
                "write its whole path into worker.command, or extend PATH"
            )
        }
        if !chart.surroundings.hasDirectory {
            add(.trouble, "\(chart.file): worker.directory does not exist", "make it, or correct the path")
        }
        if let user = spec.worker.user {
            if !chart.surroundings.hasUser {
                add(
                    .trouble,
                    "\(chart.file): there is no user \(user)",
                    "useradd --system \(user), or correct worker.user"
                )
            } else if !chart.surroundings.isRoot {
                add(
                    .warning,
                    "\(chart.file): only root can start workers as \(user)",
                    "start poold as root, or leave worker.user out"
                )
            }
        }
        let told = command + spec.worker.environment.values + (spec.worker.directory.map { [$0] } ?? [])
        // An inherited socket is there without a word.
        if !spec.worker.inheritsSocket, spec.worker.environmentFiles.isEmpty,
            !told.contains(where: Template.saysWhereToListen)
        {
            add(
                .warning,
                "\(chart.file): the command is not told where to listen",
                "use {socket} or {port} in worker.command or worker.environment"
            )
        }
        if command.contains(where: { $0.hasSuffix("gunicorn") }),
            !command.contains(where: { $0.hasPrefix("--keep-alive") || $0.hasPrefix("--keepalive") })
        {
            add(
                .warning,
                "\(chart.file): gunicorn hangs up on idle connections after 2 s, so they are made anew all the time",
                "add \"--keep-alive=75\" to worker.command"
            )
        }
        if spec.health.path == nil {
            add(.warning, "\(chart.file): no health.path: a stuck worker goes unnoticed", "set health.path")
        }
        let program = spec.worker.command.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        let isUnbuffered =
            spec.worker.environment["PYTHONUNBUFFERED"]?.isEmpty == false || spec.worker.command.contains("-u")
        if program.hasPrefix("python"), !isUnbuffered {
            add(
                .warning,
                "\(chart.file): Python holds back what it prints, so logs come late",
                "worker.environment = { PYTHONUNBUFFERED = \"1\" }"
            )
        }
    }

    private mutating func add(_ severity: Finding.Severity, _ what: String, _ remedy: String? = nil) {
        findings.append(Finding(severity: severity, what: what, remedy: remedy))
    }
}
