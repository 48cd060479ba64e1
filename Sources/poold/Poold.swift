internal import ArgumentParser
internal import PoolManager

/// The daemon's one binary: what people start (`run`, `check`), and the roles that it starts itself as.
@main
struct Poold: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poold",
        abstract: "Runs pools of HTTP server instances behind a proxy.",
        discussion: """
            poold run profiles/aiohttp.toml       in the foreground, as systemd wants it
            poold run -d profiles/                all profiles of a directory, in the background
            poold check profiles/aiohttp.toml     what is wrong with a profile; nothing is started
            """,
        version: "poold \(ManagerProcess.version)",
        subcommands: [RunCommand.self, CheckCommand.self, SelfSignedCommand.self]
    )

    /// A role is told from a command before anything else: what a command needs stays out of its memory.
    ///
    /// Usage errors end with 2, as those of poolctl and of most programs do, not with sysexits' 64.
    static func main() {
        let words = CommandLine.arguments
        if words.count > 1, let role = Role(rawValue: words[1]) { role.run(words.dropFirst(2)) }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            stop(fullMessage(for: error), code: 2)
        }
    }
}
