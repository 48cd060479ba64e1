internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl stop`.
struct StopVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop workers: drain them, TERM, wait, KILL.",
        discussion: """
            EXAMPLES
              poolctl stop 3
              poolctl stop all --force --no-wait
            """
    )

    @Argument(help: "Selectors (all for every worker).", completion: .workers)
    var workers: [String]

    @Flag(help: "Do not wait for requests in flight.")
    var force = false

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.stop, on: workers, action) { request, _ in request.force = force }
    }
}
