/// A line of the command palette: `poolctl`'s verbs, and what only the dashboard has.
package struct PaletteCommand: Hashable, Sendable {
    package var name: String
    package var grammar: PaletteGrammar
    package var help: String
    /// The key that does the same; nil where there is none.
    package var command: Command?

    private init(_ name: String, _ grammar: PaletteGrammar, _ help: String, _ command: Command? = nil) {
        self.name = name
        self.grammar = grammar
        self.help = help
        self.command = command
    }

    package static func named(_ name: String) -> PaletteCommand? { all.first { $0.name == name } }

    package static let all = acting + watching + showing

    private static let acting: [PaletteCommand] = [
        PaletteCommand("restart", .workers([], .force, .why), "restart workers", .restart),
        PaletteCommand("roll", rolling, "rolling restart of all", .roll),
        PaletteCommand("stop", .workers([], .force, .why), "stop workers", .stop),
        PaletteCommand("start", .workers([], .why), "start workers", .start),
        PaletteCommand("drain", .workers([], .why), "no new requests", .drain),
        PaletteCommand("resume", .workers([], .why), "take requests again", .resume),
        PaletteCommand("maint", .workers([], .why), "maintenance", .maintenance),
        PaletteCommand("scale", .one(.free("N"), .why), "so many workers; +N, -N", .scaleUp),
        PaletteCommand("signal", .workers([.signal], .why), "send a signal", .signal),
        PaletteCommand("weight", .workers([.free("N")], .why), "share of the requests", .weight),
        PaletteCommand("deploy", deploying, "bring all to the profile", .deploy),
        PaletteCommand("hold", PaletteGrammar(options: [holdFor, .why]), "let new requests wait", .holdFront),
        PaletteCommand(
            "front",
            .one(.frontState, isRequired: true, holdFor, .why),
            "close or open the front",
            .closeFront
        ),
        PaletteCommand("cancel", .one(.operation, isRequired: false), "cancel the operation", .cancelOperation),
        PaletteCommand("reload", .nothing, "read the profile again", .reload),
    ]

    private static let rolling = PaletteGrammar(
        options: [.init("--batch", .free("N"), "so many at a time"), .why]
    )
    private static let holdFor = PaletteGrammar.Option("--for", .free("TIME"), "how long: 30, 2m")
    private static let deploying = PaletteGrammar(
        options: [
            .init("--batch", .free("N"), "so many at a time"),
            .init("--surge", .free("N"), "so many new ones beside the others first"),
            .init("--canary", .free("N"), "so many first, and watch them"),
            .init("--bake", .free("TIME"), "how long canaries are watched"),
            .init("--directory", .free("DIR"), "start the workers there"),
            .init("--env", .free("NAME=VALUE"), "add to their environment"),
            .init("--no-rollback", nil, "where one fails, leave it as it is"), .why,
        ]
    )

    private static let watching: [PaletteCommand] = [
        PaletteCommand("sort", .one(.column), "sort the table", .nextSort),
        PaletteCommand("filter", .one(.free("EXPRESSION"), isRequired: false), "filter this view", .filter),
        PaletteCommand("freeze", .nothing, "hold the order of rows", .freeze),
        PaletteCommand("workers", .nothing, "view 1", .showWorkers),
        PaletteCommand("detail", .one(.workers, isRequired: false), "view 2", .showDetail),
        PaletteCommand("logs", .workers(), "view 3", .showLogs),
        PaletteCommand("events", .nothing, "view 4", .showEvents),
        PaletteCommand("health", .nothing, "view 5", .showHealth),
        PaletteCommand("ops", .nothing, "view 6", .showOperations),
        PaletteCommand("fronts", .nothing, "view 7", .showFronts),
        PaletteCommand("config", .nothing, "view 8", .showConfig),
        PaletteCommand("pools", .nothing, "view 9", .showPools),
        PaletteCommand("level", .one(.level), "least level of log lines", .level),
        PaletteCommand("previous", .nothing, "lines of the processes before", .logsBefore),
        PaletteCommand("pool", .one(.pool, isRequired: false), "show another pool", .nextPool),
    ]

    private static let showing: [PaletteCommand] = [
        PaletteCommand("rate", .one(.free("N")), "frames a second"),
        PaletteCommand("theme", .one(.theme), "other colours"),
        PaletteCommand("columns", PaletteGrammar(words: [.column], repeats: true), "of the table; none: all"),
        PaletteCommand("setup", .nothing, "columns, theme, rate", .setup),
        PaletteCommand("save", .nothing, "keep this as settings"),
        PaletteCommand("mouse", .nothing, "mouse on, off", .mouse),
        PaletteCommand("help", .nothing, "the keys", .help),
        PaletteCommand("quit", .nothing, "leave; the pool goes on", .quit),
    ]
}
