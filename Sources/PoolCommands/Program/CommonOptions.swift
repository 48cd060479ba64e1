internal import ArgumentParser
internal import PoolModel

/// The options that every verb takes.
struct CommonOptions: ParsableArguments {
    enum Color: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    @Option(help: ArgumentHelp("The daemon's runtime directory (POOL_RUNTIME_DIR).", valueName: "directory"))
    var runtimeDir: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: ArgumentHelp("Colours; auto honours NO_COLOR.", valueName: "when"))
    var color = Color.auto

    @Option(help: ArgumentHelp("How long to wait at most: 30, 500ms, 5m.", valueName: "time"))
    var timeout: TimeSpan?
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
