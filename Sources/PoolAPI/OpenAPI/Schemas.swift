private import PoolModel

/// The schemas of all messages, by name. A test encodes every message and holds it against its schema.
package enum Schemas {
    package static let all: [(name: String, fields: [Schema.Field])] = state + requests + replies + streams + errors

    static let state: [(String, [Schema.Field])] = [
        (
            "State",
            [
                .init("sequence", .integer(), "The last event that this includes."),
                .init("at", .time),
                .init("pools", .list(.message(.pool))),
                .init("operations", .list(.message(.operation)), "Active and just finished ones, the newest first."),
            ]
        ),
        (
            "Pool",
            [
                .init("name", .text()),
                .init("generation", .integer(), "One more for each applied change of the profile."),
                .init("sequence", .integer(), "The last event that this includes."),
                .init("at", .time),
                .init("listen", .list(.text()), "Where clients connect."),
                .init("workers", .list(.message(.worker))),
                .init("stats", .named("Traffic")),
                .init("profileError", .text(), "Why the last reload was refused.", optional: true),
                .init("profilePath", .text(), optional: true),
                .init("panic", .text(), "Why bad workers are used: there is nothing better.", optional: true),
                .init("gate", .named("Gate"), "Why requests reach no worker; absent where they do.", optional: true),
            ]
        ),
        (
            "Gate",
            [
                .init("kind", .choice(FrontGate.Kind.allCases.map(\.rawValue))),
                .init("until", .time, optional: true),
                .init("afterwards", .choice(FrontGate.Afterwards.allCases.map(\.rawValue)), "What follows `until`."),
                .init("retryAfter", .integer(), "Seconds."),
                .init("since", .time),
                .init("actor", .text()),
                .init("why", .text()),
                .init("isOver", .flag, "`until` has passed, and requests are refused."),
            ]
        ),
        (
            "Worker",
            [
                .init("name", .text()),
                .init("status", .named("WorkerStatus")),
                .init("traffic", .named("Traffic")),
                .init("resources", .named("Resources"), optional: true),
            ]
        ),
        (
            "WorkerStatus",
            [
                .init("id", .text(), "The worker's name: `example_3`."),
                .init("state", .choice(ProcessState.allCases.map(\.rawValue))),
                .init("health", .choice(Health.allCases.map(\.rawValue))),
                .init("admin", .choice(AdminState.allCases.map(\.rawValue))),
                .init("process", .named("Process"), optional: true),
                .init("life", .integer(), "Which process of the worker: one more for every start."),
                .init("generation", .integer(), "Which version of the profile it was started from."),
                .init("address", .text(), "Where the worker listens."),
                .init("reason", .text(), "Why the worker is not green.", optional: true),
                .init("lastExit", .named("ExitReason"), optional: true),
                .init("lastProbe", .named("ProbeResult"), optional: true),
                .init("since", .time, "When the present state began."),
                .init("startedAt", .time, optional: true),
                .init("restarts", .integer(), "Starts after the first that nobody asked for."),
                .init("retryAt", .time, "In BACKOFF: when the next start is due.", optional: true),
                .init("attempt", .integer()),
                .init("weight", .integer()),
                .init("ejectedUntil", .time, "Until when traffic failures keep it out.", optional: true),
                .init("isJoining", .flag, "A proxy has not yet said that it sends it requests.", optional: true),
            ]
        ),
        ("Process", [.init("pid", .integer()), .init("startTicks", .integer(), "Clock ticks after boot.")]),
        (
            "ProbeResult",
            [
                .init("phase", .choice(ProbeResult.Phase.allCases.map(\.rawValue)), "`done` is a good answer."),
                .init("status", .integer(), "The response's status.", optional: true),
                .init("detail", .text()),
                .init("elapsedSeconds", .number),
                .init("at", .time),
            ]
        ),
        ("Traffic", traffic),
        (
            "Resources",
            [
                .init("cpuPercent", .number, "Of one core."),
                .init("cpuSeconds", .number),
                .init("rssBytes", .integer()),
                .init("threads", .integer()),
                .init("fileDescriptors", .integer()),
                .init("uptimeSeconds", .number),
            ]
        ),
        (
            "Operation",
            [
                .init("id", .text(), "`op-17`."),
                .init("verb", .choice(Operation.Verb.allCases.map(\.rawValue))),
                .init("pool", .text()),
                .init("actor", .text(), "Who asked."),
                .init("why", .text(), "The reason that they gave."),
                .init("state", .choice(Operation.State.allCases.map(\.rawValue))),
                .init("steps", .list(.named("OperationStep"))),
                .init(
                    "hooks",
                    .list(.named("HookStep")),
                    "Of the whole operation, as they were begun.",
                    optional: true
                ),
                .init("result", .text(), "The verdict, once finished.", optional: true),
                .init("createdAt", .time),
                .init("finishedAt", .time, optional: true),
            ]
        ),
        (
            "HookStep",
            [
                .init("hook", .choice(Hook.allCases.map(\.rawValue))),
                .init("state", .choice(Operation.State.allCases.map(\.rawValue))),
                .init("detail", .text()),
            ]
        ),
        (
            "OperationStep",
            [
                .init("worker", .text()),
                .init("state", .choice(Operation.State.allCases.map(\.rawValue))),
                .init("detail", .text()),
            ]
        ),
        (
            "Event",
            [
                .init("sequence", .integer()),
                .init("at", .time),
                .init("kind", .choice(PoolEvent.Kind.allCases.map(\.rawValue))),
                .init("severity", .choice(PoolEvent.Severity.allCases.map(\.rawValue))),
                .init("pool", .text(), optional: true),
                .init("worker", .text(), optional: true),
                .init("message", .text()),
                .init("actor", .text(), "Who asked for it.", optional: true),
                .init("operation", .text(), optional: true),
            ]
        ),
        (
            "LogRecord",
            [
                .init("sequence", .integer()),
                .init("at", .time),
                .init("worker", .text()),
                .init("life", .integer()),
                .init("stream", .choice(LogStream.allCases.map(\.rawValue))),
                .init("text", .text(), "UTF-8; what was none is U+FFFD. May hold control characters."),
                .init("continued", .flag, "The line was too long: the next one goes on with it."),
            ]
        ),
    ]

    private static let traffic: [Schema.Field] =
        [
            "requests", "inFlight", "tunnels", "status1xx", "status2xx", "status3xx", "status4xx", "status5xx",
            "errors",
            "connectFailures", "timeouts", "retries", "replayed", "raceAvoided", "bytesIn", "bytesOut", "clientAborts",
            "ejections", "panics",
        ].map { .init($0, .integer()) } + [
            .init("requestsPerSecond", .number),
            .init("errorsPerSecond", .number, "Errors and 5xx."),
            .init("p50Milliseconds", .number, "Over the last minute.", optional: true),
            .init("p90Milliseconds", .number, optional: true),
            .init("p99Milliseconds", .number, optional: true),
        ]
}
