private import PoolModel

extension Schemas {
    static let requests: [(String, [Schema.Field])] = [
        (
            "ActionRequest",
            [
                .init("verb", .choice(ActionRequest.verbs.map(\.rawValue))),
                .init("workers", .list(.text(), min: 1), "Selectors; absent is every worker.", optional: true),
                .init("why", .text(), "The reason, for events and the audit log.", optional: true),
                .init("signal", .text(), "`signal`: its name without SIG, or its number.", optional: true),
                .init("count", .integer(), "`scale`: how many workers there are to be.", optional: true),
                .init(
                    "order",
                    .choice(ShrinkOrder.allCases.map(\.rawValue)),
                    "`scale`: which workers go first (default: as the profile says).",
                    optional: true
                ),
                .init("batch", .integer(min: 1), "`roll`: how many workers at a time.", optional: true),
                .init("force", .flag, "Do not wait for requests in flight.", optional: true),
                .init("expected", .list(.named("WorkerGuard")), "409 where one is no longer so.", optional: true),
                .init("expectedGeneration", .integer(), "409 where the pool runs another one.", optional: true),
            ]
        ),
        (
            "DeployRequest",
            [
                .init("why", .text(), "The reason, for events and the audit log.", optional: true),
                .init("command", .list(.text()), "Instead of the profile's, until the next reload.", optional: true),
                .init("directory", .text(), "Instead of the profile's, until the next reload.", optional: true),
                .init("environment", .list(.text()), "`NAME=VALUE`, added to the profile's.", optional: true),
                .init("batch", .integer(min: 1), "How many workers at a time (default 1).", optional: true),
                .init(
                    "unavailableMax",
                    .integer(),
                    "How many fewer than all may serve meanwhile (default: the batch; 0 with a surge).",
                    optional: true
                ),
                .init("surge", .integer(), "New workers that are started beside the others first.", optional: true),
                .init("canary", .integer(), "So many workers go first and are watched.", optional: true),
                .init("bakeSeconds", .number, "How long the canaries are watched.", optional: true),
                .init(
                    "failureShareMax",
                    .number,
                    "0 to 1: more failed requests of the new workers than this fail the deploy.",
                    optional: true
                ),
                .init("failureRequestsMin", .integer(), "Requests before that share counts (20).", optional: true),
                .init("rollsBack", .flag, "After a failure or a cancel, go back (default true).", optional: true),
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
            "ReplaceProxyRequest",
            [
                .init("why", .text(), optional: true),
                .init("loops", .integer(min: 1), "So many loops from now on.", optional: true),
                .init(
                    "drainSeconds",
                    .number,
                    "How long the proxy before may take to finish its requests (default 300).",
                    optional: true
                ),
            ]
        ),
        (
            "WeightRequest",
            [
                .init(
                    "weight",
                    .integer(min: 0),
                    "0 to 256: one of weight 2 gets twice the requests of one of weight 1."
                ),
                .init("workers", .list(.text(), min: 1), "Selectors; absent is every worker.", optional: true),
                .init("why", .text(), optional: true),
                .init("expected", .list(.named("WorkerGuard")), "409 where one is no longer so.", optional: true),
                .init("expectedGeneration", .integer(), "409 where the pool runs another one.", optional: true),
            ]
        ),
        (
            "GateRequest",
            [
                .init("state", .choice(GateRequest.State.allCases.map(\.rawValue))),
                .init("seconds", .number, "How long; a hold needs it, 600 at most.", optional: true),
                .init(
                    "afterwards",
                    .choice(FrontGate.Afterwards.allCases.map(\.rawValue)),
                    "What follows: a hold refuses where nothing is said, maintenance with an end serves.",
                    optional: true
                ),
                .init("retryAfterSeconds", .integer(min: 0), "`Retry-After` of the refusals.", optional: true),
                .init("why", .text(), optional: true),
            ]
        ),
        ("ReloadCertificatesRequest", [.init("why", .text(), optional: true)]),
        (
            "UpgradeRequest",
            [
                .init("why", .text(), optional: true),
                .init(
                    "program",
                    .path,
                    "The absolute path of the new poold (default: the path that the daemon was started from).",
                    optional: true
                ),
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
}
