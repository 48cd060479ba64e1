internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl drain`.
struct DrainVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take workers out of the rotation; what they have is finished.",
        discussion: """
            EXAMPLES
              poolctl drain 2 --why "looking at a leak"
            """
    )

    @Argument(help: "Selectors (all for every worker).", completion: .workers)
    var workers: [String]

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.drain, on: workers, action)
    }
}
