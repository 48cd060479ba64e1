internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl maint`.
struct MaintenanceVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "maint",
        abstract: "As drain; the probes' opinion changes nothing until resume.",
        discussion: """
            For a whole pool, with a page for its clients, see front maintenance.

            EXAMPLES
              poolctl maint 2 --why "debugging"
            """,
        aliases: ["disable"]
    )

    @Argument(help: "Selectors (all for every worker).", completion: .workers)
    var workers: [String]

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.maintenance, on: workers, action)
    }
}
