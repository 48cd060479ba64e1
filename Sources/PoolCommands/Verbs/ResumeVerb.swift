internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl resume`.
struct ResumeVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Make workers ready again after drain or maint.",
        discussion: """
            EXAMPLES
              poolctl resume 2
            """,
        aliases: ["enable"]
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.resume, on: workers, action)
    }
}
