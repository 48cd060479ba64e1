internal import ArgumentParser
internal import PoolAPI
internal import PoolModel

/// `poolctl front`: whether a pool's front lets requests through.
struct FrontVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "front",
        abstract: "Hold a pool's requests, show a maintenance page, open it again.",
        discussion: """
            Requests under way go on, and workers are probed as ever. Who is named by front.maintenance.allow reaches the \
            workers in maintenance too.
            """,
        subcommands: [Hold.self, Maintenance.self, Open.self]
    )

    /// `poolctl front hold`, `poolctl hold`.
    struct Hold: Verb {
        static let configuration = CommandConfiguration(
            commandName: "hold",
            abstract: "Let new requests wait, for a database migration or a switch of a backend.",
            discussion: """
                They wait within front.limits.queue_max. When the time is over, those that wait and all that follow get \
                503 with Retry-After until the front is opened; with --then serve they go to the workers.

                EXAMPLES
                  poolctl hold --for 30 && ./migrate; poolctl front open
                """
        )

        @Argument(help: "Pools (default: the only one).")
        var pools: [String] = []

        @Option(name: .customLong("for"), help: ArgumentHelp("How long at most: 30, 2m; up to 10m.", valueName: "time"))
        var length: TimeSpan

        @Option(help: ArgumentHelp("What follows: refuse or serve.", valueName: "verdict"))
        var then = FrontGate.Afterwards.refuse

        @Option(help: ArgumentHelp("Retry-After of the refusals (default 5).", valueName: "seconds"))
        var retryAfter: Int?

        @Option(help: ArgumentHelp("The reason, for the event list and the audit log.", valueName: "text"))
        var why = ""

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let request = GateRequest(
                state: .hold,
                seconds: length.duration.inSeconds,
                afterwards: then,
                retryAfterSeconds: retryAfter,
                why: why
            )
            return try FrontVerb.send(request, to: pools, context)
        }
    }

    /// `poolctl front maintenance`.
    struct Maintenance: Verb {
        static let configuration = CommandConfiguration(
            commandName: "maintenance",
            abstract: "Answer all requests with 503 and the maintenance page of the profile.",
            discussion: """
                EXAMPLES
                  poolctl front maintenance --why "new release"
                  poolctl front maintenance shop --for 20m --retry-after 600
                """
        )

        @Argument(help: "Pools (default: the only one).")
        var pools: [String] = []

        @Option(
            name: .customLong("for"),
            help: ArgumentHelp("Open again after this time (default: by front open only).", valueName: "time")
        )
        var length: TimeSpan?

        @Option(help: ArgumentHelp("Retry-After (default: the profile's).", valueName: "seconds"))
        var retryAfter: Int?

        @Option(help: ArgumentHelp("The reason, for the event list and the audit log.", valueName: "text"))
        var why = ""

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let request = GateRequest(
                state: .maintenance,
                seconds: length?.duration.inSeconds,
                retryAfterSeconds: retryAfter,
                why: why
            )
            return try FrontVerb.send(request, to: pools, context)
        }
    }

    /// `poolctl front open`.
    struct Open: Verb {
        static let configuration = CommandConfiguration(
            commandName: "open",
            abstract: "End a hold or a maintenance: requests go to the workers."
        )

        @Argument(help: "Pools (default: the only one).")
        var pools: [String] = []

        @Option(help: ArgumentHelp("The reason, for the event list and the audit log.", valueName: "text"))
        var why = ""

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            try FrontVerb.send(GateRequest(state: .open, why: why), to: pools, context)
        }
    }

    private static func send(_ request: GateRequest, to pools: [String], _ context: Context) throws -> ExitCode {
        try request.validate()
        var names = pools.isEmpty ? context.settings.pool.map { [$0] } ?? [] : pools
        if names.isEmpty {
            names = try context.send(.pools()).pools.map(\.name)
            guard names.count == 1 else {
                throw PoolError(
                    .invalidArgument,
                    "there are \(names.count) pools",
                    remedy: "name those that are meant: \(names.joined(separator: " "))"
                )
            }
        }
        var changed: [PoolSnapshot] = []
        for name in names { changed.append(try context.send(.gate(request, of: name))) }
        if context.settings.json {
            try context.print(json: PoolList(pools: changed))
        } else {
            try context.print(changed.map { "\($0.name): \($0.gate?.words ?? "open")" })
        }
        return .done
    }
}

extension FrontGate.Afterwards: ExpressibleByArgument {}
