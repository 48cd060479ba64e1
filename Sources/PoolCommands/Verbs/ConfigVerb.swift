internal import ArgumentParser
internal import PoolAPI
private import PoolModel
internal import PoolProfile

/// `poolctl config`.
struct ConfigVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the profile that runs, what its file would change, and where things are.",
        subcommands: [Show.self, Diff.self, Paths.self],
        defaultSubcommand: Show.self
    )

    /// `poolctl config show`.
    struct Show: Verb {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show a profile with every key and default: the one that runs, or a file's.",
            discussion: """
                Values of environment variables of a profile that runs are hidden.

                EXAMPLES
                  poolctl config show
                  poolctl config show profiles/aiohttp.toml
                """
        )

        @Argument(help: "A profile's file instead; - is standard input.")
        var file: String?

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            if let file { return try show(file, context) }
            let profiles = try context.profiles()
            if common.json {
                try context.print(json: profiles)
            } else {
                for profile in profiles {
                    try context.write("# \(profile.path), generation \(profile.generation)\n\(profile.running)")
                }
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

    /// `poolctl config diff`.
    struct Diff: Verb {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Show, key by key, how the profile's file differs from what runs.",
            discussion: """
                Exits with 0 where nothing differs, with 1 where something does or the file has errors. What applying it \
                would restart is what poolctl plan says.
                """
        )

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let profiles = try context.profiles()
            let same = profiles.allSatisfy { $0.running == $0.proposed }
            if common.json {
                try context.print(json: profiles)
                return same ? .done : .failed
            }
            for profile in profiles { try context.print(lines(profile, context.style)) }
            return same ? .done : .failed
        }

        private func lines(_ profile: ProfileReply, _ style: Style) -> [String] {
            let path = TerminalText.clean(profile.path)
            guard let proposed = profile.proposed else {
                let issues = profile.issues.map { "  \(ReloadOutput.line($0))" }
                return [style("\(profile.pool): \(path) has errors", .bad)] + issues
            }
            let difference = LineDifference(from: keys(profile.running), to: keys(proposed))
            guard !difference.isEmpty else { return ["\(profile.pool): \(path) is what runs"] }
            var lines = ["--- \(profile.pool), generation \(profile.generation)", "+++ \(path)"]
            var section = ""
            var shown = ""
            for line in difference.lines {
                let (mark, text, role): (String, String, Style.Role) =
                    switch line {
                    case .same(let text): (" ", text, .plain)
                    case .removed(let text): ("-", text, .bad)
                    case .added(let text): ("+", text, .good)
                    }
                if text.hasPrefix("[") { section = text }
                guard mark != " " else { continue }
                if section != shown, section != text { lines.append(style(section, .dim)) }
                shown = section
                lines.append(style(mark + TerminalText.clean(text), role))
            }
            return lines
        }

        /// Without the comments and empty lines.
        private func keys(_ text: String) -> [String] {
            text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
        }
    }

    /// `poolctl config paths`.
    struct Paths: Verb {
        static let configuration = CommandConfiguration(
            commandName: "paths",
            abstract: "Show which directories and which socket are used."
        )

        @OptionGroup var common: CommonOptions

        private struct Places: Encodable {
            var runtimeDirectory: String
            var stateDirectory: String
            var controlSocket: String
        }

        func perform(_ context: Context) throws -> ExitCode {
            let places = Places(
                runtimeDirectory: context.runtimeDirectory,
                stateDirectory: context.directories.state,
                controlSocket: context.socket
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
}

extension Context {
    /// The profiles that run, of the chosen pool alone where one was chosen.
    func profiles() throws -> [ProfileReply] {
        let names = try settings.pool.map { [$0] } ?? send(.pools()).pools.map(\.name)
        return try names.map { try send(.profile(of: $0)) }
    }

    /// Reads a profile as the daemon would. Throws where there is no such file, or it is no text.
    func decodeProfile(_ file: String) throws -> Profile.Decoded {
        guard let text = String(validating: try environment.readFile(file), as: UTF8.self) else {
            throw CommandError(.failed, "\(file) is not UTF-8")
        }
        return Profile.decode(text: text, file: file, runtimeDirectory: directories.runtime)
    }
}
