internal import Glibc
internal import PoolKeeper
internal import PoolManager
internal import PoolModel
internal import PoolOS
internal import PoolProxy

/// What poold starts itself as; never started by people.
enum Role: String {
    case keeper, manager, proxy
    /// A worker that first sees to its Python environment.
    case venv

    func run(_ words: some Sequence<String>) -> Never {
        let arguments = RoleArguments(self, words)
        switch self {
        case .keeper: Glibc.exit(KeeperProcess.run(keeper(arguments)))
        case .manager:
            let options = ManagerOptions(directories: arguments.directories, profiles: arguments.operands)
            Glibc.exit(ManagerProcess.run(options))
        case .proxy: runProxy(arguments)
        case .venv:
            let status = VenvProcess.run(
                path: arguments.required("path"),
                python: arguments.required("python"),
                seconds: arguments.number("seconds") ?? 300,
                words: arguments.operands,
                packages: Int(arguments.number("packages") ?? 0)
            )
            Glibc.exit(status)
        }
    }

    private func keeper(_ arguments: RoleArguments) -> KeeperOptions {
        let directories = arguments.directories
        var options = KeeperOptions(
            directories: directories,
            managerArguments: ["poold", Role.manager.rawValue] + directories.words + arguments.operands
        )
        options.reportDescriptor = arguments.number("report-descriptor")
        return options
    }

    private func runProxy(_ arguments: RoleArguments) -> Never {
        let directories = arguments.directories
        // The first and the last lane: `0-1`.
        let lanes = arguments.required("lanes")
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
