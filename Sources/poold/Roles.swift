internal import Glibc
internal import PoolEngines
internal import PoolKeeper
internal import PoolManager
internal import PoolModel
internal import PoolOS
internal import PoolProxy

/// What poold starts itself as; never started by people.
enum Role: String {
    case keeper, manager, proxy
    /// Says which handover this program takes: asked of a new program before a keeper becomes it.
    case handover
    /// A worker that first sees to its Python environment.
    case venv
    /// Another program in the proxy's place.
    case nginx, haproxy

    func run(_ words: some Sequence<String>) -> Never {
        let arguments = RoleArguments(self, words)
        switch self {
        case .handover: sayHandover()
        case .keeper: Glibc.exit(KeeperProcess.run(keeper(arguments)))
        case .manager:
            let options = ManagerOptions(directories: arguments.directories, profiles: arguments.operands)
            Glibc.exit(ManagerProcess.run(options))
        case .proxy: runProxy(arguments)
        case .nginx: runEngine(.nginx, arguments)
        case .haproxy: runEngine(.haproxy, arguments)
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

    private func sayHandover() -> Never {
        print(ProgramCheck.offer)
        fflush(nil)
        Glibc.exit(0)
    }

    private func keeper(_ arguments: RoleArguments) -> KeeperOptions {
        let directories = arguments.directories
        var options = KeeperOptions(
            directories: directories,
            managerArguments: ["poold", Role.manager.rawValue] + directories.words + arguments.operands
        )
        options.reportDescriptor = arguments.number("report-descriptor")
        options.handoverDescriptor = arguments.number("handover")
        options.keeperArguments = ["poold", Role.keeper.rawValue] + directories.words
        options.profiles = arguments.operands
        return options
    }

    private func runEngine(_ engine: ProxyEngine, _ arguments: RoleArguments) -> Never {
        let directories = arguments.directories
        do {
            let options = try EngineOptions(
                linkDescriptor: ProxyArguments.linkDescriptor,
                statsDescriptor: ProxyArguments.statsDescriptor,
                lanes: lanes(of: arguments),
                directories: directories,
                number: UInt64(clamping: arguments.number("number") ?? 0)
            )
            ProcessTitle.set("poold: proxy \(directories.runtime) (\(rawValue))", name: "poold-\(rawValue)")
            Glibc.exit(EngineProcess.run(engine, options))
        } catch {
            stop("poold \(rawValue): \(error)", code: 1)
        }
    }

    /// The first and the last lane: `0-1`.
    private func lanes(of arguments: RoleArguments) -> Range<Int> {
        let lanes = arguments.required("lanes")
        let bounds = lanes.split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { stop("poold \(rawValue): lanes \(lanes)", code: 2) }
        return bounds[0]..<bounds[1] + 1
    }

    private func runProxy(_ arguments: RoleArguments) -> Never {
        let directories = arguments.directories
        do {
            let proxy = try ProxyOptions(
                linkDescriptor: ProxyArguments.linkDescriptor,
                statsDescriptor: ProxyArguments.statsDescriptor,
                lanes: lanes(of: arguments),
                stateDirectory: directories.state
            )
            ProcessTitle.set("poold: proxy \(directories.runtime)", name: "poold-proxy")
            Glibc.exit(ProxyProcess.run(proxy))
        } catch {
            stop("poold proxy: \(error)", code: 1)
        }
    }
}
