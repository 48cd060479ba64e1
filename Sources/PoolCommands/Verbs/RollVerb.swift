internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl roll`.
struct RollVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "roll",
        abstract: "Restart workers in batches, each healthy before the next one begins.",
        discussion: """
            The first failure ends the roll (exit code 1, or 7 where it was rolled back).

            EXAMPLES
              poolctl roll --why "new release"
              poolctl roll all --batch 2 --timeout 10m
            """,
        aliases: ["phased-restart"]
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @Option(help: ArgumentHelp("How many workers at a time.", valueName: "workers"))
    var batch: Int?

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.roll, on: workers, action) { request, _ in request.batch = batch }
    }
}
