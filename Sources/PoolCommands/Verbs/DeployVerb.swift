internal import ArgumentParser
internal import PoolAPI
internal import PoolModel

/// `poolctl deploy`.
struct DeployVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Bring every worker to the profile as it is now, step by step, and back if one fails.",
        discussion: """
            The profile's file is read again; --directory, --env and a command behind -- are laid over it until the next \
            reload. Each worker is drained, restarted and must be healthy through the proxy before the next one \
            begins. A failure, or a cancel, brings the workers that were replaced back (exit code 7).

            EXAMPLES
              poolctl deploy --why "release 42"
              poolctl deploy --directory /srv/app/42 --surge 1
              poolctl deploy --canary 1 --bake 60 --max-failures 0.02
              poolctl deploy --env RELEASE=42 -- python3 app.py '--path={socket}'
            """
    )

    @Option(help: ArgumentHelp("Start the workers here.", valueName: "directory"))
    var directory: String?

    @Option(help: ArgumentHelp("Add to the workers' environment; may be repeated.", valueName: "name=value"))
    var env: [String] = []

    @Option(help: ArgumentHelp("How many workers at a time.", valueName: "workers"))
    var batch = 1

    @Option(
        help: ArgumentHelp(
            "How many fewer than all may serve meanwhile (default: the batch; 0 with --surge).",
            valueName: "workers"
        )
    )
    var maxUnavailable: Int?

    @Option(help: ArgumentHelp("Start so many new workers beside the others first.", valueName: "workers"))
    var surge = 0

    @Option(help: ArgumentHelp("Replace so many first, and watch them.", valueName: "workers"))
    var canary = 0

    @Option(help: ArgumentHelp("How long the canaries are watched.", valueName: "seconds"))
    var bake = 0.0

    @Option(
        help: ArgumentHelp(
            "Fail where more than this share of the new workers' requests fails, 0 to 1.",
            valueName: "share"
        )
    )
    var maxFailures: Double?

    @Option(help: ArgumentHelp("Requests that the share needs before it counts.", valueName: "requests"))
    var minRequests: UInt64 = 20

    @Flag(inversion: .prefixedNo, help: "After a failure, go back to what ran before.")
    var rollback = true

    @Argument(parsing: .postTerminator, help: "The workers' command, behind --.")
    var command: [String] = []

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        let pool = try PoolChoice.only(context.settings.pool, among: try context.send(.pools()).pools)
        let request = try request(for: pool)
        return try context.finish([try context.send(.deploy(to: pool.name, request))], waits: action.wait)
    }

    private func request(for pool: PoolSnapshot) throws -> DeployRequest {
        var request = DeployRequest(why: action.why)
        request.command = command.isEmpty ? nil : command
        request.directory = directory
        request.environment = env
        request.batch = batch
        request.unavailableMax = maxUnavailable
        request.surge = surge
        request.canary = canary
        request.bakeSeconds = bake
        request.failureShareMax = maxFailures
        request.failureRequestsMin = minRequests
        request.rollsBack = rollback
        request.expectedGeneration = pool.generation
        try request.validate()
        return request
    }
}

/// The one pool that is meant.
enum PoolChoice {
    /// - Parameter name: What `--pool` says; without it there must be just one.
    static func only(_ name: String?, among pools: [PoolSnapshot]) throws -> PoolSnapshot {
        let found = pools.filter { name == nil || $0.name == name }
        if let pool = found.first, found.count == 1 { return pool }
        guard let name else {
            throw CommandError(
                .usage,
                pools.isEmpty ? "there are no pools" : "there are \(pools.count) pools",
                remedy: "say which with --pool"
            )
        }
        throw CommandError(
            .unknownOrDenied,
            "pool \(name) does not exist",
            remedy: NearestName.hint(pools.map(\.name), to: name)
        )
    }
}
