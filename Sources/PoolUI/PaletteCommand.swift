/// A line of the command palette: `poolctl`'s verbs, and what only the dashboard has.
package struct PaletteCommand: Hashable, Sendable {
    package var name: String
    /// What comes after the name: `[WORKERS]`.
    package var arguments: String
    package var help: String
    /// The key that does the same; nil where there is none.
    package var command: Command?

    private init(_ name: String, _ arguments: String, _ help: String, _ command: Command? = nil) {
        self.name = name
        self.arguments = arguments
        self.help = help
        self.command = command
    }

    package static let all: [PaletteCommand] = [
        PaletteCommand("restart", "[WORKERS]", "restart workers", .restart),
        PaletteCommand("roll", "[--batch N]", "rolling restart of all", .roll),
        PaletteCommand("stop", "[WORKERS]", "stop workers", .stop),
        PaletteCommand("start", "[WORKERS]", "start workers", .start),
        PaletteCommand("drain", "[WORKERS]", "no new requests", .drain),
        PaletteCommand("resume", "[WORKERS]", "take requests again", .resume),
        PaletteCommand("maint", "[WORKERS]", "maintenance", .maintenance),
        PaletteCommand("scale", "N", "so many workers", .scaleUp),
        PaletteCommand("signal", "NAME [WORKERS]", "send a signal", .signal),
        PaletteCommand("weight", "N [WORKERS]", "share of the requests", .weight),
        PaletteCommand("deploy", "[--batch N] …", "bring all to the profile", .deploy),
        PaletteCommand("hold", "[--for TIME]", "let new requests wait", .holdFront),
        PaletteCommand("front", "maintenance | open", "close or open the front", .closeFront),
        PaletteCommand("cancel", "", "cancel the operation", .cancelOperation),
        PaletteCommand("reload", "", "read the profile again", .reload),
        PaletteCommand("sort", "COLUMN", "sort the table", .nextSort),
        PaletteCommand("filter", "EXPRESSION", "filter this view", .filter),
        PaletteCommand("freeze", "", "hold the order of rows", .freeze),
        PaletteCommand("workers", "", "view 1", .showWorkers),
        PaletteCommand("detail", "[WORKER]", "view 2", .showDetail),
        PaletteCommand("logs", "[WORKERS]", "view 3", .showLogs),
        PaletteCommand("events", "", "view 4", .showEvents),
        PaletteCommand("health", "", "view 5", .showHealth),
        PaletteCommand("ops", "", "view 6", .showOperations),
        PaletteCommand("fronts", "", "view 7", .showFronts),
        PaletteCommand("config", "", "view 8", .showConfig),
        PaletteCommand("pools", "", "view 9", .showPools),
        PaletteCommand("level", "LEVEL", "least level of log lines", .level),
        PaletteCommand("previous", "", "lines of the processes before", .logsBefore),
        PaletteCommand("pool", "NAME", "show another pool", .nextPool),
        PaletteCommand("rate", "N", "frames a second"),
        PaletteCommand("theme", "NAME", "other colours"),
        PaletteCommand("columns", "[NAMES]", "of the table; none: all"),
        PaletteCommand("setup", "", "columns, theme, rate", .setup),
        PaletteCommand("save", "", "keep this as settings"),
        PaletteCommand("mouse", "", "mouse on, off", .mouse),
        PaletteCommand("help", "", "the keys", .help),
        PaletteCommand("quit", "", "leave; the pool goes on", .quit),
    ]

    /// The commands that a line may become: those whose names begin with its first word.
    package static func suggestions(for line: String) -> [PaletteCommand] {
        let word = line.split(separator: " ", omittingEmptySubsequences: true).first.map(String.init) ?? ""
        let isComplete = line.contains(" ")
        return all.filter { isComplete ? $0.name == word : $0.name.hasPrefix(word.lowercased()) }
    }
}
