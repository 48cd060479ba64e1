internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl config`.
struct ConfigVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show which directories and which socket the programs use."
    )

    @OptionGroup var common: CommonOptions

    private struct Places: Encodable {
        var runtimeDirectory: String
        var stateDirectory: String
        var controlSocket: String
    }

    func perform(_ context: Context) throws -> ExitCode {
        let places = Places(
            runtimeDirectory: context.directories.runtime,
            stateDirectory: context.directories.state,
            controlSocket: context.directories.controlSocket
        )
        if common.json {
            try context.print(json: places)
        } else {
            try context.print([
                "runtime directory  \(TerminalText.clean(places.runtimeDirectory))",
                "state directory    \(TerminalText.clean(places.stateDirectory))",
                "control socket     \(TerminalText.clean(places.controlSocket))",
            ])
        }
        return .done
    }
}
