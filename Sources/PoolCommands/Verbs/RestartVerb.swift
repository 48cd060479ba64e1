internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl restart`.
struct RestartVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restart workers one after the other, drained first.",
        discussion: """
            EXAMPLES
              poolctl restart example_3
              poolctl restart state:unhealthy
            """
    )

    @Argument(help: "Selectors (all for every worker).", completion: .workers)
    var workers: [String]

    @Flag(help: "Do not wait for requests in flight.")
    var force = false

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.restart, on: workers, action) { request, _ in request.force = force }
    }
}
