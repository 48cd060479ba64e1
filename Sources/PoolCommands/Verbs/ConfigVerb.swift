internal import ArgumentParser
internal import PoolAPI
private import PoolModel
internal import PoolProfile

/// `poolctl config`.
struct ConfigVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show a profile with every key and default, or which directories the programs use.",
        discussion: """
            EXAMPLES
              poolctl config
              poolctl config profiles/aiohttp.toml
            """
    )

    @Argument(help: "A profile, to be shown with everything that is in force; - is standard input.")
    var file: String?

    @OptionGroup var common: CommonOptions

    private struct Places: Encodable {
        var runtimeDirectory: String
        var stateDirectory: String
        var controlSocket: String
    }

    func perform(_ context: Context) throws -> ExitCode {
        if let file { return try show(file, context) }
        let directories = context.directories
        let places = Places(
            runtimeDirectory: directories.runtime,
            stateDirectory: directories.state,
            controlSocket: directories.controlSocket
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

    private func show(_ file: String, _ context: Context) throws -> ExitCode {
        let decoded = try context.decodeProfile(file)
        for issue in decoded.issues { try context.note(TerminalText.clean(issue.description)) }
        guard let spec = decoded.spec else { return .failed }
        if common.json {
            try context.print(json: spec)
        } else {
            try context.write(ProfileWriter.text(spec, detail: .everything))
        }
        return .done
    }
}

extension Context {
    /// Reads a profile as the daemon would. Throws where there is no such file, or it is no text.
    func decodeProfile(_ file: String) throws -> Profile.Decoded {
        guard let text = String(validating: try environment.readFile(file), as: UTF8.self) else {
            throw CommandError(.failed, "\(file) is not UTF-8")
        }
        return Profile.decode(text: text, file: file, runtimeDirectory: directories.runtime)
    }
}
