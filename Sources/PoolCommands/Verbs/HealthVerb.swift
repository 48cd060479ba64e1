internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl health`.
struct HealthVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Say whether every pool can serve, and why not.",
        discussion: """
            Exits with 0 where healthy, else with 3: a gate for scripts. A pool whose front is held, or in maintenance, is \
            not healthy, however well its workers are.
            """
    )

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode { try HealthQuestion().perform(context) }
}

/// What `poolctl health` does, however its options were read.
struct HealthQuestion {
    func perform(_ context: Context) throws -> ExitCode {
        var health = try context.send(.health())
        if let pool = context.settings.pool { health = try health.only(pool) }
        if context.settings.json {
            try context.print(json: health)
        } else {
            try context.print(HealthOutput.lines(health, context.style))
        }
        return health.healthy ? .done : .notRunning
    }
}

extension HealthReply {
    /// One pool's part of the verdict.
    fileprivate func only(_ name: String) throws -> HealthReply {
        guard let pool = pools.first(where: { $0.pool == name }) else {
            throw CommandError(
                .unknownOrDenied,
                "pool \(name) does not exist",
                remedy: NearestName.hint(pools.map(\.pool), to: name)
            )
        }
        return HealthReply(
            healthy: pool.isHealthy,
            reasons: reasons.filter { $0.hasPrefix("pool \(name):") || $0.hasPrefix("pool \(name) ") },
            pools: [pool]
        )
    }
}
