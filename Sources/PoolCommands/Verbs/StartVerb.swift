internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl start`.
struct StartVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start workers.",
        discussion: """
            EXAMPLES
              poolctl start
              poolctl start 3 --why "disk replaced"
            """
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.start, on: workers, action)
    }
}
