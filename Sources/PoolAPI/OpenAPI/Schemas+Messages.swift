private import PoolModel

extension Schemas {
    static let replies: [(String, [Schema.Field])] = [
        (
            "Version",
            [
                .init("version", .text()),
                .init("api", .integer()),
                .init("pid", .integer(), "The manager's."),
                .init("keeperPid", .integer(), optional: true),
                .init("startedAt", .time),
                .init("runtimeDirectory", .text()),
                .init("stateDirectory", .text()),
                .init("access", .choice(AccessLevel.allCases.map(\.rawValue)), "What this client may do."),
            ]
        ),
        (
            "Health",
            [
                .init("healthy", .flag),
                .init("reasons", .list(.text())),
                .init("pools", .list(.named("PoolHealth"))),
            ]
        ),
        (
            "PoolHealth",
            [
                .init("pool", .text()),
                .init(
                    "state",
                    .choice(PoolHealth.State.allCases.map(\.rawValue)),
                    "What becomes of a request; `serving` and `empty` (scaled to nothing) are healthy."
                ),
                .init("workers", .integer()),
                .init("routable", .integer()),
                .init("unhealthy", .integer()),
                .init("fatal", .integer()),
                .init("gate", .named("Gate"), "Who holds the front, until when and why.", optional: true),
            ]
        ),
        ("PoolList", [.init("pools", .list(.message(.pool)))]),
        ("WorkerList", [.init("workers", .list(.message(.worker)))]),
        (
            "ReplaceProxyReply",
            [
                .init("pid", .integer(), "The new process.", optional: true),
                .init("loops", .integer()),
                .init("draining", .integer(), "Proxies that still finish what they have."),
            ]
        ),
        ("CertificateList", [.init("certificates", .list(.named("ProxyCertificate")))]),
        (
            "ReloadCertificatesReply",
            [
                .init("changed", .list(.text()), "The files of the certificates that are new."),
                .init("certificates", .list(.named("ProxyCertificate"))),
            ]
        ),
        (
            "ProxyCertificate",
            [
                .init("certificate", .text(), "The file, as the profile names it."),
                .init("key", .text(), "The file of its key."),
                .init("pools", .list(.text()), "Pools whose fronts show it."),
                .init("listen", .list(.text()), "Where it is shown."),
                .init("names", .list(.text()), "Hosts and addresses that it is for."),
                .init("subject", .text(), optional: true),
                .init("issuer", .text(), optional: true),
                .init("keyKind", .text(), "`EC 256`, `RSA 2048`.", optional: true),
                .init("fingerprint", .text(), "SHA-256, hexadecimal.", optional: true),
                .init("selfSigned", .flag),
                .init("validFrom", .time, optional: true),
                .init("validUntil", .time, optional: true),
                .init("problem", .text(), "Why what the files hold now is not used.", optional: true),
            ]
        ),
        (
            "Profile",
            [
                .init("pool", .text()),
                .init("generation", .integer()),
                .init("path", .text(), "Where the profile is read."),
                .init("running", .text(), "The profile that runs, every key of it, as TOML."),
                .init("proposed", .text(), "The file as it is now; absent where it has errors.", optional: true),
                .init("issues", .list(.named("ProfileIssue")), "What is wrong with the file."),
            ]
        ),
        (
            "WorkerDetail",
            [
                .init("worker", .text()),
                .init("life", .integer()),
                .init("processes", .list(.named("WorkerProcess")), "The worker's own first, then its descendants."),
                .init("environment", .list(.named("EnvironmentEntry")), "By name."),
                .init("latency", .list(.named("LatencyBand")), "Of the last minute, the fastest first."),
            ]
        ),
        (
            "WorkerProcess",
            [
                .init("pid", .integer()),
                .init("depth", .integer(), "How far below the worker's own process."),
                .init("name", .text(), "As the kernel has it; never the arguments."),
                .init("state", .text(), "R, S, D, Z … as in ps(1)."),
                .init("rssBytes", .integer()),
                .init("cpuSeconds", .number),
                .init("threads", .integer()),
                .init("gunicorn", .named("GunicornProcess"), "Where it is one of gunicorn's.", optional: true),
            ]
        ),
        (
            "GunicornProcess",
            [
                .init("role", .choice(GunicornProcess.Role.allCases.map(\.rawValue))),
                .init("heartbeatSeconds", .number, "Since the last one of a worker that has booted.", optional: true),
            ]
        ),
        (
            "EnvironmentEntry",
            [.init("name", .text()), .init("value", .text(), "`(hidden)` unless it can hold no secret.")]
        ),
        (
            "LatencyBand",
            [
                .init("belowMilliseconds", .number, "Four to each doubling: 1.024, 1.28, 1.536, 1.792, 2.048 …"),
                .init("count", .integer()),
            ]
        ),
        (
            "Front",
            [
                .init("pool", .text()),
                .init("listeners", .list(.named("Listener"))),
                .init("certificates", .list(.named("Certificate"))),
                .init("proxy", .named("ProxyStats"), "What belongs to no worker, of all pools."),
            ]
        ),
        (
            "Listener",
            [
                .init("address", .text()),
                .init("speaks", .choice(["http", "https", "redirect"])),
                .init("versionMin", .text(), "The least version of TLS.", optional: true),
                .init("certificates", .list(.text()), "The files of its certificates."),
            ]
        ),
        (
            "Certificate",
            [
                .init("certificate", .text(), "Its file."),
                .init("subject", .text(), optional: true),
                .init("issuer", .text(), optional: true),
                .init("names", .text(), "The hosts that it is for.", optional: true),
                .init("validFrom", .time, optional: true),
                .init("validUntil", .time, optional: true),
                .init("failure", .text(), "What is wrong with the files as they are now.", optional: true),
            ]
        ),
        ("OperationList", [.init("operations", .list(.message(.operation)))]),
        (
            "EventList",
            [
                .init("events", .list(.message(.event)), "The oldest first."),
                .init("sequence", .integer(), "`after` of the next request."),
            ]
        ),
        (
            "LogPage",
            [
                .init("lines", .list(.message(.logRecord)), "The oldest first."),
                .init("sequence", .integer(), "`after` of the next request."),
            ]
        ),
        (
            "Stats",
            [
                .init("at", .time),
                .init("pools", .list(.named("PoolStats"))),
                .init("proxy", .named("ProxyStats"), "What belongs to no worker."),
                .init("host", .named("HostStats"), "How short the host is of what workers need.", optional: true),
            ]
        ),
        (
            "HostStats",
            [
                .init("cpu", .named("Pressure"), "Absent where the kernel does not say.", optional: true),
                .init("memory", .named("Pressure"), optional: true),
                .init("io", .named("Pressure"), optional: true),
                .init("cgroupOOMKills", .integer(), "Of the daemon's own cgroup (version 2).", optional: true),
                .init("hostOOMKills", .integer(), "Of the host, since it was booted.", optional: true),
            ]
        ),
        (
            "Pressure",
            [
                .init("some10", .number, "Percent of the last 10 s in which somebody waited."),
                .init("some60", .number, "Likewise of the last minute."),
                .init("full10", .number, "Percent of the last 10 s in which nobody got on."),
            ]
        ),
        (
            "StatsHistory",
            [
                .init("at", .time),
                .init("bucketSeconds", .integer(), "Seconds of each point."),
                .init("series", .list(.named("HistorySeries"))),
            ]
        ),
        (
            "HistorySeries",
            [
                .init("pool", .text()),
                .init("worker", .text(), "Absent: the whole pool.", optional: true),
                .init("points", .list(.named("HistoryPoint")), "Oldest first."),
            ]
        ),
        (
            "HistoryPoint",
            [
                .init("at", .time, "The end of its seconds."),
                .init("requests", .integer()),
                .init("failures", .integer(), "Errors and 5xx answers."),
                .init("inFlight", .integer(), "At the end."),
                .init("p99Milliseconds", .number, "Of the minute before the end.", optional: true),
                .init("cpuPercent", .number, "The mean share of one core."),
                .init("rssBytes", .integer(), "The most."),
            ]
        ),
        (
            "ProxyStats",
            [
                .init("accepted", .integer(), "Client connections, ever."),
                .init("connections", .integer(), "Client connections now."),
                .init("refused", .integer(), "Requests that never reached a worker."),
                .init("unavailable", .integer(), "503 because nobody could take the request."),
                .init("queued", .integer(), "Requests that wait for a worker."),
                .init("noMemory", .integer(), "Requests refused and connections cut for want of memory."),
                .init("bufferBytes", .integer(), "Memory in use for connections and requests."),
                .init("bufferBytesMax", .integer(), "How much may be."),
                .init("logDropped", .integer(), "Lines of access logs that the disk did not take."),
                .init("handshakes", .integer(), "TLS handshakes done."),
                .init("handshakesResumed", .integer(), "Those that resumed a session."),
                .init("handshakesFailed", .integer(), "TLS handshakes that failed."),
                .init("http2Connections", .integer(), "Connections that spoke HTTP/2."),
                .init("http2Streams", .integer(), "Their streams: one request each."),
                .init("http2StreamResets", .integer(), "Streams that clients reset."),
                .init("http2Floods", .list(.named("FloodCount")), "HTTP/2 connections ended because of a flood."),
            ]
        ),
        (
            "FloodCount",
            [
                .init(
                    "kind",
                    .choice(StatsCounter.floods.map(\.kind)),
                    "What there was too much of."
                ),
                .init("count", .integer()),
            ]
        ),
        (
            "PoolStats",
            [
                .init("pool", .text()),
                .init("traffic", .named("Traffic")),
                .init("workers", .list(.named("WorkerStats"))),
            ]
        ),
        (
            "WorkerStats",
            [
                .init("worker", .text()),
                .init("traffic", .named("Traffic")),
                .init("resources", .named("Resources"), optional: true),
                .init("restarts", .integer()),
            ]
        ),
        (
            "CheckReply",
            [
                .init("valid", .flag),
                .init("pool", .text(), optional: true),
                .init("issues", .list(.named("ProfileIssue"))),
            ]
        ),
        (
            "ProfileIssue",
            [
                .init("severity", .choice(ProfileIssueRecord.Severity.allCases.map(\.rawValue))),
                .init("path", .text(), optional: true),
                .init("line", .integer(min: 1), optional: true),
                .init("column", .integer(min: 1), optional: true),
                .init("key", .text(), optional: true),
                .init("message", .text()),
                .init("suggestion", .text(), optional: true),
            ]
        ),
        (
            "ReloadReply",
            [
                .init("pools", .list(.named("PoolReload"))),
                .init("daemon", .named("ConfigurationReload"), "What became of poold.toml.", optional: true),
            ]
        ),
        (
            "ConfigurationReload",
            [
                .init("path", .text()),
                .init("outcome", .choice(PoolReload.Outcome.allCases.map(\.rawValue))),
                .init("problems", .list(.text()), "Then what ran before goes on."),
            ]
        ),
        (
            "PoolReload",
            [
                .init("pool", .text()),
                .init("path", .text()),
                .init("outcome", .choice(PoolReload.Outcome.allCases.map(\.rawValue))),
                .init("generation", .integer()),
                .init("changed", .list(.text()), "Settings by their dotted paths."),
                .init("restarts", .list(.text()), "Workers that are, or would be, restarted."),
                .init("issues", .list(.named("ProfileIssue"))),
                .init("operation", .text(), optional: true),
            ]
        ),
    ]

    static let streams: [(String, [Schema.Field])] = [
        (
            "StateChange",
            [
                .init("sequence", .integer()),
                .init("at", .time),
                .init("pools", .list(.message(.pool)), "Every pool; of the workers only the new and the changed."),
                .init("removed", .list(.text()), "Workers that are gone."),
                .init("operations", .list(.message(.operation)), "All, as in State."),
            ]
        ),
        (
            "StreamGap",
            [
                .init("missed", .integer(), "Records that were left out."),
                .init(
                    "reset",
                    .flag,
                    "The number that the reader came with is none of this daemon's: what follows begins anew.",
                    optional: true
                ),
            ]
        ),
        ("StreamHeartbeat", [.init("at", .time)]),
    ]

    static let errors: [(String, [Schema.Field])] = [
        (
            "Problem",
            [
                .init("type", .text()),
                .init("title", .text()),
                .init("status", .integer()),
                .init("detail", .text()),
                .init("code", .choice(Problem.Code.allCases.map(\.rawValue))),
                .init("object", .text(), "What it is about.", optional: true),
                .init("remedy", .text(), "What to do about it.", optional: true),
            ]
        )
    ]

    /// How a process ended: an object with exactly one of these members.
    package static let exitReason: [(name: String, fields: [Schema.Field])] = [
        ("exited", [.init("code", .integer())]),
        ("signaled", [.init("signal", .integer()), .init("coreDumped", .flag)]),
        ("outOfMemory", [.init("scope", .choice(["cgroup", "host"]))]),
        ("spawnFailed", [.init("stage", .text()), .init("errno", .integer())]),
        ("hookFailed", [.init("detail", .text())]),
        ("startTimedOut", [.init("detail", .text())]),
        ("unknown", []),
    ]
}
