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
            let (options, issues) = try settled(arguments)
            _ = try endpoint(options)
            return run(options, issues)
        } catch {
            Host.print("pooltop: \(error)\nTry pooltop --help.\n", to: STDERR_FILENO)
            return ExitCode.usage.rawValue
        }
    }

    /// The command line over the settings' file, and what is wrong in that.
    private static func settled(
        _ arguments: [String]
    ) throws(Options.Problem) -> (options: Options, issues: [String]) {
        let bare = try Options(arguments: arguments)
        guard !bare.ignoresConfig, let path = bare.config ?? SettingsStore.defaultPath else { return (bare, []) }
        switch SettingsStore.read(path) {
        case .absent: return (bare, bare.config == nil ? [] : ["\(path) does not exist"])
        case .failed(let reason): return (bare, ["\(path): \(reason)"])
        case .text(let text):
            let (base, issues) = SettingsFile.read(text, into: Options())
            return (try Options(arguments: arguments, over: base), issues.map { "\(path): \($0)" })
        }
    }

    /// `--print-config` and `--write-config`.
    private static func settings(_ options: Options, _ issues: [String]) -> Int32 {
        for issue in issues { Host.print("pooltop: \(issue)\n", to: STDERR_FILENO) }
        let text = SettingsFile.text(options, keys: KeyMap.rebound(options.look.keys).keys)
        guard options.mode == .writeConfig else {
            Host.print(text)
            return issues.isEmpty ? 0 : ExitCode.failed.rawValue
        }
        guard let path = options.config ?? SettingsStore.defaultPath else {
            Host.print("pooltop: there is no HOME to write settings to; name a file with --config\n", to: STDERR_FILENO)
            return ExitCode.failed.rawValue
        }
        if let failure = SettingsStore.write(text, to: path) {
            Host.print("pooltop: \(failure)\n", to: STDERR_FILENO)
            return ExitCode.failed.rawValue
        }
        Host.print("written: \(path)\n")
        return 0
    }

    /// `--check-settings`: every mistake with its line.
    private static func check(_ options: Options, _ issues: [String]) -> Int32 {
        for issue in issues { Host.print("\(LogText.clean(issue))\n") }
        guard issues.isEmpty else { return ExitCode.failed.rawValue }
        let path = options.ignoresConfig ? nil : options.config ?? SettingsStore.defaultPath
        guard let path, case .text = SettingsStore.read(path) else {
            Host.print("no settings\(path.map { ": \($0) does not exist" } ?? "")\n")
            return 0
        }
        Host.print("\(path): no mistakes\n")
        return 0
    }

    private static func run(_ options: Options, _ issues: [String]) -> Int32 {
        switch options.mode {
        case .printConfig, .writeConfig: return settings(options, issues)
        case .checkSettings: return check(options, issues)
        case .help: Host.print(Options.usage)
        case .version: Host.print("pooltop \(APIVersion.product)\n")
        case .printKeys: Host.print(KeyMap().markdown)
        case .once, .json, .snapshot: return plain(options).printing(options.mode)
        case .plain: return plain(options).following()
        case .screen: return screen(options, issues)
        }
        return 0
    }

    private static func plain(_ options: Options) -> PlainProgram {
        PlainProgram(feed: feed(options), model: model(options, isUTF8: true, size: Size(columns: 80, rows: 24)))
    }

    private static func screen(_ options: Options, _ issues: [String]) -> Int32 {
        if isatty(STDOUT_FILENO) == 0 || Host.environment("TERM") == "dumb" { return plain(options).following() }
        do throws(TerminalError) {
            var terminalOptions = Terminal.Options()
            terminalOptions.theme = options.theme
            terminalOptions.hasMouse = options.hasMouse
            terminalOptions.depth =
                !options.isColorChosen && Host.environment("NO_COLOR") != nil ? .never : options.depth
            let terminal = try Terminal(terminalOptions)
            var model = model(options, isUTF8: terminal.isUTF8, size: terminal.size)
            model.settingsIssues = issues.map { LogText.clean($0) }
            if let first = model.settingsIssues.first {
                let count = issues.count == 1 ? "" : "\(issues.count) mistakes in the settings, ? lists them. "
                model.notice = Notice(count + first, .warn, until: .seconds(15))
            }
            return Dashboard(model: model, terminal: terminal, feed: feed(options), options: options).run()
        } catch {
            Host.print("pooltop: \(error)\n", to: STDERR_FILENO)
            return ExitCode.failed.rawValue
        }
    }

    private static func feed(_ options: Options) -> DaemonFeed {
        // The address was looked at before anything was begun.
        DaemonFeed(session: SocketSession((try? endpoint(options)) ?? .socket(path: socket(options))))
    }

    /// The other host that was named (as `poolctl` does: --url or POOL_URL), else the control socket.
    private static func endpoint(_ options: Options) throws(Options.Problem) -> Endpoint {
        func variable(_ name: String) -> String? { Host.environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        let isLocal = options.socket != nil || options.runtimeDirectory != nil
        guard let url = options.url ?? (isLocal ? nil : variable("POOL_URL")) else {
            return .socket(path: socket(options))
        }
        guard let certificate = options.certificate ?? variable("POOL_CERT"),
            let authorities = options.authorities ?? variable("POOL_CA")
        else { throw Options.Problem(description: "\(url) takes nobody without a certificate: --cert and --ca") }
        let remote = RemoteEndpoint(
            url: url,
            certificate: certificate,
            key: options.key ?? variable("POOL_KEY") ?? certificate,
            authorities: authorities
        )
        guard let remote else {
            throw Options.Problem(description: "\(url) is not an address such as https://host:7443")
        }
        return .remote(remote)
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
        settings.theme = options.theme.rawValue
        settings.themes = Theme.allCases.map(\.rawValue)
        var model = DashboardModel(
            settings: settings,
            host: Host.facts(),
            size: size,
            now: WallClock.now,
            socket: (try? endpoint(options))?.name ?? socket(options)
        )
        model.view = ViewName(rawValue: options.view) ?? .workers
        model.adopt(options.look)
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
