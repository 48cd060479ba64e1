internal import ArgumentParser
internal import PoolModel

extension Settings.Color: ExpressibleByArgument {}

/// The options that every verb takes; they may also stand in front of the verb (``GlobalOptions``).
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's runtime directory (POOL_RUNTIME_DIR).", valueName: "directory"))
    var runtimeDir: String?

    @Option(help: ArgumentHelp("The control socket itself (POOL_SOCKET).", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("A daemon on another host: https://host:7443 (POOL_URL).", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("With --url: our certificate (POOL_CERT).", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("With --url: its key (POOL_KEY); the same file by default.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("With --url: the daemon's authorities (POOL_CA).", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("Only this pool.", valueName: "name"), completion: .pools)
    var pool: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: ArgumentHelp("Colours; auto honours NO_COLOR.", valueName: "when"))
    var color = Settings.Color.auto

    @Option(help: ArgumentHelp("How long to wait at most: 30, 500ms, 5m.", valueName: "time"))
    var timeout: TimeSpan?

    var settings: Settings {
        Settings(
            runtimeDir: runtimeDir,
            socket: socket,
            url: url,
            certificate: cert,
            key: key,
            authorities: ca,
            pool: pool,
            json: json,
            color: color,
            timeout: timeout?.duration
        )
    }
}

/// A span of time as people write it: `30`, `500ms`, `1h30m`.
struct TimeSpan: ExpressibleByArgument, Hashable, Sendable {
    var duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Duration(spoken: argument) else { return nil }
        self.duration = duration
    }
}
