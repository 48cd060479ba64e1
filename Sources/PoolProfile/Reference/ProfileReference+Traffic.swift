import PoolModel

extension ProfileReference {
    static let proxy = Section(
        "proxy",
        "The proxy itself, of which a daemon has one for all its pools.",
        [
            ProfileField(
                "proxy.engine",
                .choice(ProxyEngine.allCases),
                get: { $0.front.engine ?? .builtIn },
                set: { $0.front.engine = $1 == .builtIn ? nil : $1 },
                "What requests go through: Pool's own proxy, or the real `nginx` or `haproxy`, which must be installed. What they have no word for gives a warning; `docs/deployment/nginx-engine.md` and `haproxy-engine.md` say what they cannot do. A change is in force after `poolctl proxy replace`."
            )
        ]
    )

    static let balance = Section(
        "balance",
        "How requests are spread over the workers.",
        [
            ProfileField(
                "balance.algorithm",
                \.balance.algorithm,
                .choice(BalanceSpec.Algorithm.allCases),
                "How the worker of a request is chosen."
            ),
            ProfileField(
                "balance.key",
                \.balance.key,
                ProfileCodec<String>.text.optional,
                "What `consistent-hash` is taken of: `address`, `header:NAME` or `cookie:NAME`; for `sticky-cookie` the cookie's name."
            ),
            ProfileField(
                "balance.weights",
                .weights,
                get: { $0.balance.weights ?? [:] },
                set: { $0.balance.weights = $1.isEmpty ? nil : $1 },
                "Shares of the requests by the workers' numbers, 1 where none is given: `{ 1 = 3 }` gives the first worker three requests for each one of another. 0 is none. `poolctl weight` sets others, which hold until the profile gives the worker a new one."
            ),
            ProfileField(
                "balance.in_flight_max",
                \.balance.inFlightMax,
                ProfileCodec<Int>.integer(1...1_000_000).optional,
                "Requests in flight at one worker; beyond it another is taken, or the request waits."
            ),
            ProfileField(
                "balance.slow_start",
                \.balance.slowStart,
                .duration,
                "A worker that has just become healthy gets a growing share over this time."
            ),
            ProfileField(
                "balance.retry_budget",
                \.balance.retryBudget,
                .share,
                "Requests sent again may be at most this share of all, and at least three."
            ),
        ]
    )

    static let ejection = Section(
        "balance.ejection",
        "Passive health: a worker whose traffic fails leaves the rotation for a while.",
        [
            ProfileField(
                "balance.ejection.consecutive_failures",
                \.balance.ejection.consecutiveFailures,
                .integer(0...1_000_000),
                "Failures in a row (no answer, or a broken or late one) that eject a worker; 0 turns this rule off."
            ),
            ProfileField(
                "balance.ejection.error_rate",
                \.balance.ejection.errorRate,
                .share,
                "The share of failures and of 500, 502, 503 and 504 answers that ejects a worker, if it is also three times that of the others; 0 turns this rule off."
            ),
            ProfileField(
                "balance.ejection.window",
                \.balance.ejection.window,
                .duration(from: .milliseconds(100)),
                "Of how long a time that share is."
            ),
            ProfileField(
                "balance.ejection.duration",
                \.balance.ejection.duration,
                .duration(from: .milliseconds(1)),
                "How long the first time; each further time is twice as long. Then one request a second is tried."
            ),
            ProfileField(
                "balance.ejection.duration_max",
                \.balance.ejection.durationMax,
                .duration(from: .milliseconds(1)),
                "How long at most."
            ),
            ProfileField(
                "balance.ejection.ready_min",
                \.balance.ejection.readyMin,
                .integer(0...Limits.workersMax),
                "Workers that always stay in the rotation."
            ),
        ]
    )

    static let health = Section(
        "health",
        "The probe: an ordinary request through the proxy to one worker.",
        [
            ProfileField(
                "health.path",
                \.health.path,
                ProfileCodec<String>.requestPath.optional,
                "The path that is asked for; `false` turns probing off, and a worker is healthy as soon as it is ready."
            ),
            ProfileField("health.host", \.health.host, .host, "The Host of the probe."),
            ProfileField(
                "health.interval",
                \.health.interval,
                .duration(from: .milliseconds(10)),
                "The time between two probes of a worker."
            ),
            ProfileField(
                "health.timeout",
                \.health.timeout,
                .duration(from: .milliseconds(1)),
                "How long an answer may take."
            ),
            ProfileField(
                "health.rise",
                \.health.rise,
                .integer(1...1000),
                "Good answers in a row that make a worker healthy again."
            ),
            ProfileField(
                "health.fall",
                \.health.fall,
                .integer(1...1000),
                "Bad answers in a row that make a worker unhealthy."
            ),
            ProfileField(
                "health.status",
                .statuses,
                get: { min($0.health.statusMin, $0.health.statusMax)...max($0.health.statusMin, $0.health.statusMax) },
                set: { ($0.health.statusMin, $0.health.statusMax) = ($1.lowerBound, $1.upperBound) },
                "Statuses that are good."
            ),
        ]
    )

    static let log = Section(
        "log",
        "What is kept of the workers' output.",
        [
            ProfileField(
                "log.file_size_max",
                \.log.fileBytesMax,
                .size(4096...UInt64(Int64.max)),
                "A file is rotated when the next line would take it over this."
            ),
            ProfileField(
                "log.files_max",
                \.log.filesMax,
                .integer(0...1000),
                "Rotated files kept beside the current one."
            ),
            ProfileField(
                "log.total_size_max",
                \.log.totalBytesMax,
                .size(4096...UInt64(Int64.max)),
                "All log files of the pool together; the oldest go first."
            ),
            ProfileField(
                "log.compress",
                \.log.compress,
                .boolean,
                "Rotated files are compressed (`.gz`), in the background; `poolctl logs` reads them as well."
            ),
            ProfileField(
                "log.lines_in_memory",
                \.log.linesInMemory,
                .integer(0...1_000_000),
                "Lines of the pool kept in memory for `poolctl logs` and the dashboard."
            ),
            ProfileField(
                "log.line_size_max",
                \.log.lineBytesMax,
                .size(256...1 << 20),
                "Longer lines are split."
            ),
        ]
    )
}
