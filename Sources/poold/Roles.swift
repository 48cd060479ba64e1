internal import ArgumentParser
internal import Glibc
internal import PoolManager
internal import PoolModel
internal import PoolOS
internal import PoolProxy

/// The manager's role: started by the keeper, never by people.
struct ManagerRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "manager", shouldDisplay: false)

    @OptionGroup var options: DirectoryOptions
    @Argument var profiles: [String]

    func run() {
        Glibc.exit(ManagerProcess.run(ManagerOptions(directories: options.directories, profiles: profiles)))
    }
}

/// The proxy's role: started by the keeper at the manager's request.
struct ProxyRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "proxy", shouldDisplay: false)

    @OptionGroup var options: DirectoryOptions
    @Option var number: UInt64
    /// The first and the last lane: `0-1`.
    @Option var lanes: String

    func run() {
        let directories = options.directories
        let bounds = lanes.split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { stop("poold proxy: lanes \(lanes)", code: 2) }
        do {
            let proxy = try ProxyOptions(
                linkDescriptor: ProxyArguments.linkDescriptor,
                statsDescriptor: ProxyArguments.statsDescriptor,
                lanes: bounds[0]..<bounds[1] + 1,
                stateDirectory: directories.state
            )
            ProcessTitle.set("poold: proxy \(directories.runtime)", name: "poold-proxy")
            Glibc.exit(ProxyProcess.run(proxy))
        } catch {
            stop("poold proxy: \(error)", code: 1)
        }
    }
}
