internal import Glibc
internal import PoolAPI
internal import PoolClient
internal import PoolModel
internal import PoolOS
internal import PoolScreen
internal import PoolTerminal
internal import PoolUI

/// `pooltop` from its arguments to its exit status.
package enum Program {
    package static func run(arguments: [String]) -> Int32 {
        do {
            return run(try Options(arguments: arguments))
        } catch {
            Host.print("pooltop: \(error)\nTry pooltop --help.\n", to: STDERR_FILENO)
            return ExitCode.usage.rawValue
        }
    }

    private static func run(_ options: Options) -> Int32 {
        switch options.mode {
        case .help: Host.print(Options.usage)
        case .version: Host.print("pooltop \(APIVersion.product)\n")
        case .printKeys: Host.print(KeyMap().markdown)
        case .once, .json, .snapshot: return plain(options).printing(options.mode)
        case .plain: return plain(options).following()
        case .screen: return screen(options)
        }
        return 0
    }

    private static func plain(_ options: Options) -> PlainProgram {
        PlainProgram(feed: feed(options), model: model(options, isUTF8: true, size: Size(columns: 80, rows: 24)))
    }

    private static func screen(_ options: Options) -> Int32 {
        if isatty(STDOUT_FILENO) == 0 || Host.environment("TERM") == "dumb" { return plain(options).following() }
        do throws(TerminalError) {
            var terminalOptions = Terminal.Options()
            terminalOptions.theme = options.theme
            terminalOptions.hasMouse = options.hasMouse
            terminalOptions.depth =
                !options.isColorChosen && Host.environment("NO_COLOR") != nil ? .never : options.depth
            let terminal = try Terminal(terminalOptions)
            let model = model(options, isUTF8: terminal.isUTF8, size: terminal.size)
            return Dashboard(model: model, terminal: terminal, feed: feed(options)).run()
        } catch {
            Host.print("pooltop: \(error)\n", to: STDERR_FILENO)
            return ExitCode.failed.rawValue
        }
    }

    private static func feed(_ options: Options) -> DaemonFeed {
        DaemonFeed(session: SocketSession(path: socket(options)))
    }

    private static func socket(_ options: Options) -> String {
        let names = ["POOL_RUNTIME_DIR", "POOL_STATE_DIR", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "HOME"]
        let environment = Dictionary(
            uniqueKeysWithValues: names.compactMap { name in Host.environment(name).map { (name, $0) } }
        )
        return options.socket
            ?? Directories(runtime: options.runtimeDirectory, environment: environment, userID: geteuid()).controlSocket
    }

    private static func model(_ options: Options, isUTF8: Bool, size: Size) -> DashboardModel {
        var settings = Settings()
        settings.glyphs = options.isASCII || !isUTF8 ? .ascii : .unicode
        settings.isReadOnly = options.isReadOnly
        settings.rate = options.rate
        settings.utcOffset = Host.utcOffset()
        settings.logLinesMax = options.logLines
        settings.hasMouse = options.hasMouse
        settings.pool = options.pool
        var model = DashboardModel(
            settings: settings,
            host: Host.facts(),
            size: size,
            now: WallClock.now,
            socket: socket(options)
        )
        model.view = ViewName(rawValue: options.view) ?? .workers
        return model
    }
}

/// The program without a screen.
private struct PlainProgram {
    var feed: DaemonFeed
    var model: DashboardModel

    func printing(_ mode: Options.Mode) -> Int32 {
        var output = PlainOutput(feed: feed, model: model)
        return output.printOnce(mode)
    }

    func following() -> Int32 {
        var output = PlainOutput(feed: feed, model: model)
        return output.follow()
    }
}
