internal import ArgumentParser
internal import PoolManager
internal import PoolModel

/// `poold check`: what is wrong with profiles. Nothing is started, no daemon is asked.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with profiles; start nothing.",
        discussion: "Exit status: 0 they can be run (there may be warnings), 2 they cannot."
    )

    @Argument(help: "Profiles (*.toml), or directories of them.")
    var profiles: [String]
    @OptionGroup var options: DirectoryOptions

    func run() {
        let check = ProfileCheck(ProfileCheck.expand(profiles), runtimeDirectory: options.directories.runtime)
        guard check.isRunnable else { stop(check.problems.joined(separator: "\n"), code: 2) }
        for problem in check.problems { print(problem) }
        print("ok: \(check.pools.joined(separator: ", "))")
    }
}
