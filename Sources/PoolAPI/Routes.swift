private import PoolModel

extension Route {
    /// Every route of the control API, in the order of the documents.
    package static let all: [Route] = [
        Route(.version, .get, "/v1/version", "The daemon's version and processes.", reply: .version),
        Route(
            .health,
            .get,
            "/v1/health",
            "200 where every pool serves; 503 with the reasons where not, a held front or maintenance among them.",
            reply: .health
        ),
        Route(.pools, .get, "/v1/pools", "All pools with their workers.", reply: .poolList),
        Route(.pool, .get, "/v1/pools/{pool}", "One pool with its workers.", reply: .pool),
        Route(
            .profile,
            .get,
            "/v1/pools/{pool}/profile",
            "The profile that runs, and the one that its file holds now; values of environment variables are hidden.",
            reply: .profileReply
        ),
        Route(
            .front,
            .get,
            "/v1/pools/{pool}/front",
            "Where clients of a pool connect, and the certificates that they are shown.",
            reply: .front
        ),
        Route(
            .workers,
            .get,
            "/v1/pools/{pool}/workers",
            "The workers of a pool.",
            query: [.workers],
            reply: .workerList
        ),
        Route(.worker, .get, "/v1/workers/{worker}", "One worker, by its name.", reply: .worker),
        Route(
            .workerDetail,
            .get,
            "/v1/workers/{worker}/detail",
            "A worker's processes, its environment without secrets, and its latencies of the last minute.",
            reply: .workerDetail
        ),
        Route(
            .act,
            .post,
            "/v1/pools/{pool}/actions",
            "Start an operation on workers of a pool.",
            level: .operate,
            request: .actionRequest,
            reply: .operation,
            status: 202
        ),
        Route(
            .deploy,
            .post,
            "/v1/pools/{pool}/deploy",
            "Read the pool's profile again and restart every worker into it, with canaries, gates and a way back.",
            level: .admin,
            request: .deployRequest,
            reply: .operation,
            status: 202
        ),
        Route(
            .weigh,
            .post,
            "/v1/pools/{pool}/weights",
            "Give workers of a pool a larger or smaller share of the requests, at once.",
            level: .operate,
            request: .weightRequest,
            reply: .workerList
        ),
        Route(
            .gate,
            .post,
            "/v1/pools/{pool}/gate",
            "Hold the front (requests wait), take it into maintenance (503 with a page), or open it.",
            level: .operate,
            request: .gateRequest,
            reply: .pool
        ),
        Route(
            .operations,
            .get,
            "/v1/operations",
            "Operations, the newest first; as a stream, each change of one.",
            query: [
                .pool, QueryParameter("active", .flag, "Only those that are not finished."), .follow,
            ],
            reply: .operationList,
            stream: .operation
        ),
        Route(
            .operation,
            .get,
            "/v1/operations/{operation}",
            "One operation; with `wait`, as soon as it is finished or the time is over.",
            query: [
                QueryParameter(
                    "wait",
                    .seconds(max: 300),
                    "Wait up to this many seconds for the end of the operation."
                ),
                .follow,
            ],
            reply: .operation,
            stream: .operation
        ),
        Route(
            .cancelOperation,
            .delete,
            "/v1/operations/{operation}",
            "Cancel an operation: steps that have begun are finished, the rest is left undone.",
            level: .operate,
            reply: .operation,
            status: 202
        ),
        Route(
            .pauseOperation,
            .post,
            "/v1/operations/{operation}/pause",
            "Hold a roll or deploy: workers that it is at are finished, no other is begun.",
            level: .operate,
            reply: .operation,
            status: 202
        ),
        Route(
            .resumeOperation,
            .post,
            "/v1/operations/{operation}/resume",
            "Let an operation that was paused go on.",
            level: .operate,
            reply: .operation,
            status: 202
        ),
        Route(
            .state,
            .get,
            "/v1/state",
            "Pools, workers and active operations at an instant; as a stream, a snapshot and then what changed.",
            query: [.pool, .follow, .interval],
            reply: .state,
            stream: .stateChange
        ),
        Route(
            .stats,
            .get,
            "/v1/stats",
            "Traffic and resources of pools and workers; as a stream, once per interval.",
            query: [.pool, .workers, .follow, .interval],
            reply: .stats,
            stream: .stats
        ),
        Route(
            .history,
            .get,
            "/v1/stats/history",
            "What pools, or the given workers, carried in each 10 s of the last hour; begins anew with each manager.",
            query: [
                .pool, .workers, QueryParameter("last", .seconds(max: 3600), "Only so many seconds (default 3600)."),
            ],
            reply: .statsHistory
        ),
        Route(
            .events,
            .get,
            "/v1/events",
            "What happened; as a stream, what was kept after the given sequence number and then all that comes.",
            query: [
                .pool, .workers,
                QueryParameter("kind", .choices(PoolEvent.Kind.allCases.map(\.rawValue)), "Only these kinds."),
                QueryParameter(
                    "severity",
                    .choice(PoolEvent.Severity.allCases.map(\.rawValue)),
                    "Only this severity and above."
                ),
                QueryParameter("tail", .integer(min: 0, max: 4096), "Only the last so many (default 100)."),
                QueryParameter("since", .time, "Only those at or after this time."),
                .after, .follow,
            ],
            reply: .eventList,
            stream: .event
        ),
        Route(
            .logs,
            .get,
            "/v1/logs",
            "Lines of the workers' output; as a stream, the last ones and then all that come.",
            query: [
                .pool, .workers,
                QueryParameter("stream", .choices(LogStream.allCases.map(\.rawValue)), "Only these streams."),
                QueryParameter("tail", .integer(min: 0, max: 100_000), "Only the last so many lines (default 100)."),
                QueryParameter("since", .time, "Only lines at or after this time."),
                QueryParameter(
                    "level",
                    .choice(LogLevel.allCases.map(\.rawValue)),
                    "Only lines of this level and above, by the level word in the line; one without is `info`."
                ),
                QueryParameter(
                    "life",
                    .choice(LogQuery.Lives.allCases.map(\.rawValue)),
                    "Only lines of each worker's present process, or of the one before."
                ),
                QueryParameter("grep", .text, "Only lines that contain this text."),
                QueryParameter(
                    "regex",
                    .text,
                    "Only lines that match this regular expression (that of grep -E, over bytes; no references back)."
                ),
                QueryParameter("ignoreCase", .flag, "Let `grep` and `regex` match without regard to ASCII case."),
                .after, .follow,
            ],
            reply: .logPage,
            stream: .logRecord
        ),
        Route(
            .check,
            .post,
            "/v1/check",
            "Check the text of a profile as the daemon would read it; nothing changes.",
            request: .checkRequest,
            reply: .checkReply
        ),
        Route(
            .reload,
            .post,
            "/v1/reload",
            "Read the profiles again and apply what changed; a profile with an error changes nothing.",
            level: .admin,
            request: .reloadRequest,
            reply: .reloadReply
        ),
        Route(
            .replaceProxy,
            .post,
            "/v1/proxy/replace",
            "Start a new proxy process beside the one that serves, and let that one finish; no request is lost.",
            level: .admin,
            request: .replaceProxyRequest,
            reply: .replaceProxyReply
        ),
        Route(
            .certificates,
            .get,
            "/v1/proxy/certificates",
            "The certificates that the fronts show, with their ends; never a key.",
            reply: .certificateList
        ),
        Route(
            .reloadCertificates,
            .post,
            "/v1/proxy/certificates/reload",
            "Read the certificates' files now, instead of within five seconds; a bad pair changes nothing.",
            level: .operate,
            request: .reloadCertificatesRequest,
            reply: .reloadCertificatesReply
        ),
        Route(
            .upgrade,
            .post,
            "/v1/upgrade",
            "Let the daemon become another version of itself in place; no worker is touched, no request is lost.",
            level: .admin,
            request: .upgradeRequest,
            reply: .operation,
            status: 202
        ),
        Route(
            .shutdown,
            .post,
            "/v1/shutdown",
            "Stop all workers and the daemon.",
            level: .admin,
            request: .shutdownRequest,
            reply: .operation,
            status: 202
        ),
        Route(.openAPI, .get, "/v1/openapi.json", "This interface as an OpenAPI 3.1 document.", reply: .document),
        Route(
            .metrics,
            .get,
            "/metrics",
            "Counters, gauges and histograms in Prometheus' text format.",
            reply: .text,
            mediaType: .metrics
        ),
    ]

    /// The route of an id. Every id has exactly one entry in ``all``; a test holds that.
    package static func of(_ id: ID) -> Route {
        guard let route = all.first(where: { $0.id == id }) else { preconditionFailure("no route: \(id)") }
        return route
    }
}
