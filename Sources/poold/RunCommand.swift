internal import ArgumentParser
internal import Glibc
internal import PoolManager
internal import PoolModel
internal import PoolOS

/// `poold run`: becomes the keeper, or starts one in the background.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start the pools of one or more profiles.",
        discussion: """
            In the foreground TERM and INT shut down gracefully, the second one at once; HUP reads the profiles again.
            Exit status: 0 shut down, 1 failed, 2 the command or a profile is wrong.
            """
    )

    @Argument(help: "Profiles (*.toml), or directories of them.")
    var profiles: [String]
    @Flag(name: .shortAndLong, help: "Go into the background once the daemon works.")
    var daemon = false
    @OptionGroup var options: DirectoryOptions

    func run() {
        let directories = options.directories
        let paths = ProfileCheck.expand(profiles)
        // Before anything is started, and in the caller's own words for the files.
        let check = ProfileCheck(paths, runtimeDirectory: directories.runtime)
        guard check.isRunnable else { stop(check.problems.joined(separator: "\n"), code: 2) }
        // A directory stays one: what is put into it later is found by a reload.
        let sources = profiles.map(absolute)
        if daemon { startInBackground(directories, sources) }
        becomeKeeper(directories, sources)
    }

    /// The same process, so that a service manager goes on watching it, with nothing left of what the check needed.
    private func becomeKeeper(_ directories: Directories, _ paths: [String]) -> Never {
        let words = ["poold", Role.keeper.rawValue] + directories.words + paths
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        execv("/proc/self/exe", arguments)
        stop("cannot start poold again as the keeper (is /proc mounted?): \(String(cString: strerror(errno)))", code: 1)
    }

    private func startInBackground(_ directories: Directories, _ paths: [String]) -> Never {
        do throws(PoolError) {
            try directories.create()
            let request = SpawnRequest(
                executable: "/proc/self/exe",
                arguments: ["poold", Role.keeper.rawValue] + directories.words
                    + ["--report-descriptor", "\(Daemonize.reportDescriptor)"] + paths,
                environment: ProcessEnvironment.entries
            )
            let log = "\(directories.state)/poold.log"
            switch try Daemonize.start(request, logPath: log, limit: .seconds(60)) {
            case (let pid, .ready):
                print("poold runs in the background (pid \(pid)); its log is \(log)")
                fflush(nil)
                Glibc.exit(0)
            case (_, .failed(let code, let message)): stop(message, code: code)
            }
        } catch {
            stop(error.description, code: 1)
        }
    }
}
