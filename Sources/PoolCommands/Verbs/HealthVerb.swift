internal import ArgumentParser
internal import PoolAPI

/// `poolctl health`.
struct HealthVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Say whether every pool can serve, and why not.",
        discussion: "Exits with 0 where healthy, else with 3: a gate for scripts."
    )

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        let health = try context.send(.health())
        if common.json {
            try context.print(json: health)
        } else {
            try context.print(HealthOutput.lines(health, context.style))
        }
        return health.healthy ? .done : .notRunning
    }
}
