internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl top`.
struct TopVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Open the dashboard (runs pooltop)."
    )

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.environment.execute("pooltop", ["--runtime-dir", context.runtimeDirectory])
        return .failed
    }
}
