private import PoolModel

extension Schemas {
    static let requests: [(String, [Schema.Field])] = [
        (
            "ActionRequest",
            [
                .init("verb", .choice(ActionRequest.verbs.map(\.rawValue))),
                .init("workers", .list(.text()), "Selectors; empty or absent is every worker.", optional: true),
                .init("why", .text(), "The reason, for events and the audit log.", optional: true),
                .init("signal", .text(), "`signal`: its name without SIG, or its number.", optional: true),
                .init("count", .integer(), "`scale`: how many workers there are to be.", optional: true),
                .init("batch", .integer(min: 1), "`roll`: how many workers at a time.", optional: true),
                .init("force", .flag, "Do not wait for requests in flight.", optional: true),
                .init("expected", .list(.named("WorkerGuard")), "409 where one is no longer so.", optional: true),
                .init("expectedGeneration", .integer(), "409 where the pool runs another one.", optional: true),
            ]
        ),
        ("WorkerGuard", [.init("worker", .text()), .init("life", .integer())]),
        (
            "CheckRequest",
            [.init("text", .text(), "The profile."), .init("path", .text(), "Its file's name.", optional: true)]
        ),
        (
            "ReloadRequest",
            [
                .init("pool", .text(), "Only this pool.", optional: true),
                .init("why", .text(), optional: true),
                .init("dryRun", .flag, "Say what would change, and change nothing.", optional: true),
            ]
        ),
        (
            "ShutdownRequest",
            [
                .init("why", .text(), optional: true),
                .init("force", .flag, "Do not wait for requests in flight.", optional: true),
            ]
        ),
    ]

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
                .init("workers", .integer()),
                .init("routable", .integer()),
                .init("unhealthy", .integer()),
                .init("fatal", .integer()),
            ]
        ),
        ("PoolList", [.init("pools", .list(.message(.pool)))]),
        ("WorkerList", [.init("workers", .list(.message(.worker)))]),
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
        ("Stats", [.init("at", .time), .init("pools", .list(.named("PoolStats")))]),
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
        ("ReloadReply", [.init("pools", .list(.named("PoolReload")))]),
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
        ("StreamGap", [.init("missed", .integer(), "Records that were left out.")]),
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
        ("spawnFailed", [.init("stage", .text()), .init("errno", .integer())]),
        ("startTimedOut", [.init("detail", .text())]),
        ("unknown", []),
    ]
}
