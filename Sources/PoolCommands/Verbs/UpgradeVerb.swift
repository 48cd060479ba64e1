internal import ArgumentParser
internal import PoolAPI

/// `poolctl upgrade`.
struct UpgradeVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Let the daemon become another version of itself; no request is lost.",
        discussion: """
            Install the new poold at the path of the old one first, by a rename as package managers do. Keeper, manager \
            and proxy then change in place: no worker is restarted, no listening socket is closed, the keeper keeps its \
            pid. Where the new version does not come up, the old one goes on and the exit code is 7.

            EXAMPLES
              poolctl upgrade --why "0.2"
              poolctl upgrade --program /opt/pool-0.2/bin/poold
            """
    )

    @Option(
        help: ArgumentHelp("The new poold (default: the path that the daemon was started from).", valueName: "path")
    )
    var program: String?

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        let request = UpgradeRequest(why: action.why, program: program)
        try request.validate()
        return try context.finish([try context.send(.upgrade(request))], waits: action.wait)
    }
}
