internal import PoolScreen

extension KeyMap {
    /// The keys as delivered. The order is that of the help; no function key is the only way to anything.
    package static let standard: [Binding] = moving + finding + logging + acting + screen

    private static let lists: Set<ViewName> = [.workers, .detail, .logs, .events]
    private static let targets: Set<ViewName> = [.workers, .detail]
    private static let pools: Set<ViewName> = [.workers, .detail, .fronts, .config]
    private static let logViews: Set<ViewName> = [.detail, .logs]

    private static let moving: [Binding] = [
        Binding(.up, [.up, .character("k")], .move, "row up"),
        Binding(.down, [.down, .character("j")], .move, "row down"),
        Binding(.pageUp, [.pageUp, .control("b")], .move, "page up"),
        Binding(.pageDown, [.pageDown, .control("f")], .move, "page down"),
        Binding(.first, [.home, .character("g")], .move, "first"),
        Binding(.last, [.end, .character("G")], .move, "last; in logs: follow"),
        Binding(.left, [.left, .character("H")], .move, "sideways; worker before"),
        Binding(.right, [.right, .character("L")], .move, "sideways; next worker"),
        Binding(
            .open,
            [.enter],
            .move,
            "open the selected",
            label: "Open",
            views: [.workers, .events, .operations, .pools]
        ),
        Binding(
            .back,
            [.escape, .backspace],
            .move,
            "one step back",
            label: "Back",
            views: Set(ViewName.allCases)
        ),
        Binding(.showWorkers, [.character("1")], .move, "workers"),
        Binding(.showDetail, [.character("2")], .move, "detail of a worker"),
        Binding(.showLogs, [.character("3")], .move, "logs"),
        Binding(.showEvents, [.character("4")], .move, "events"),
        Binding(.showHealth, [.character("5")], .move, "health"),
        Binding(.showOperations, [.character("6")], .move, "operations"),
        Binding(.showFronts, [.character("7")], .move, "fronts, certificates"),
        Binding(.showConfig, [.character("8")], .move, "profile, what changes"),
        Binding(.showPools, [.character("9")], .move, "pools"),
        Binding(
            .nextPane,
            [.character("i")],
            .move,
            "log, processes, facts",
            label: "Below",
            views: [.detail]
        ),
        Binding(.nextView, [.tab], .move, "next view"),
        Binding(.previousView, [.backTab], .move, "view before"),
        Binding(.nextPool, [.character("P")], .move, "next pool"),
    ]

    private static let finding: [Binding] = [
        Binding(
            .filter,
            [.character("/"), .function(4)],
            .find,
            "filter; ! first is not",
            label: "Filter",
            views: lists
        ),
        Binding(.nextMatch, [.character("n")], .find, "next match", views: logViews),
        Binding(.previousMatch, [.character("N")], .find, "match before", views: logViews),
        Binding(
            .nextSort,
            [.character("s"), .character(">"), .function(6)],
            .find,
            "sort by next column",
            label: "Sort",
            views: [.workers]
        ),
        Binding(.previousSort, [.character("<")], .find, "sort by column before", views: [.workers]),
        Binding(.reverseSort, [.character("S")], .find, "reverse the order", views: [.workers]),
        Binding(.freeze, [.character("Z")], .find, "hold the order of rows", views: [.workers]),
        Binding(.tag, [.character(" ")], .find, "tag the row", label: "Tag", views: [.workers]),
        Binding(.untagAll, [.character("u")], .find, "untag all", views: [.workers]),
        Binding(.invertTags, [.character("*")], .find, "invert tags", views: [.workers]),
        Binding(.hideStopped, [.character("z")], .find, "hide what has no process", views: [.workers]),
    ]

    private static let logging: [Binding] = [
        Binding(
            .logsOfWorker,
            [.character("l")],
            .logs,
            "logs of these; again: all",
            label: "Logs",
            views: [.workers, .detail, .logs, .events]
        ),
        Binding(
            .follow,
            [.character("f"), .function(5)],
            .logs,
            "follow the newest line",
            label: "Follow",
            views: logViews
        ),
        Binding(.level, [.character("v")], .logs, "least level shown", label: "Level", views: logViews),
        Binding(.nextError, [.character("e")], .logs, "next error", label: "Error", views: logViews),
        Binding(.previousError, [.character("E")], .logs, "error before", views: logViews),
        Binding(.wrap, [.character("w")], .logs, "wrap long lines", label: "Wrap", views: logViews),
        Binding(.mark, [.character("m")], .logs, "mark the line", views: logViews),
        Binding(.nextMark, [.character("'")], .logs, "next marked line", views: logViews),
        Binding(.logsBefore, [.character("b")], .logs, "processes before only", views: [.logs]),
        Binding(.time, [.character("t")], .logs, "time: of day, full, none", views: logViews),
        Binding(.pager, [.character("o")], .logs, "open in $PAGER", label: "Pager", views: logViews),
        Binding(.toggleLogs, [.character("|")], .logs, "logs below: on, off", views: [.workers]),
    ]

    private static let acting: [Binding] = [
        Binding(
            .restart,
            [.character("r"), .function(9)],
            .act,
            "restart",
            label: "Restart",
            views: targets,
            asks: true
        ),
        Binding(.roll, [.character("R")], .act, "rolling restart of all", views: targets, asks: true),
        Binding(
            .drain,
            [.character("d"), .function(8)],
            .act,
            "drain; again: undo",
            label: "Drain",
            views: targets,
            asks: true
        ),
        Binding(.resume, [.character("p")], .act, "take requests again", views: targets, asks: true),
        Binding(.maintenance, [.character("X")], .act, "maintenance", views: targets, asks: true),
        Binding(.stop, [.character("x")], .act, "stop", label: "Stop", views: targets, asks: true),
        Binding(.start, [.character("a")], .act, "start", views: targets, asks: true),
        Binding(.scaleUp, [.character("+"), .function(7)], .act, "one worker more", views: targets, asks: true),
        Binding(.scaleDown, [.character("-")], .act, "one worker less", views: targets, asks: true),
        Binding(.weight, [.character("W")], .act, "weight: share of requests", views: targets, asks: true),
        Binding(.signal, [.character("K")], .act, "send a signal", views: targets, asks: true),
        Binding(.deploy, [.character("D")], .act, "deploy the profile", views: pools, asks: true),
        Binding(.holdFront, [.character("F")], .act, "hold requests 30 s; undo", views: pools, asks: true),
        Binding(.closeFront, [.character("O")], .act, "close the front; undo", views: pools, asks: true),
        Binding(
            .cancelOperation,
            [.character("c")],
            .act,
            "cancel the operation",
            label: "Cancel",
            views: [.operations],
            asks: true
        ),
        Binding(
            .reload,
            [.character("C")],
            .act,
            "reload the profile",
            views: [.workers, .detail, .config],
            asks: true
        ),
    ]

    private static let screen: [Binding] = [
        Binding(.palette, [.character(":"), .control("p")], .screen, "command line", label: "Command"),
        Binding(.help, [.character("?"), .function(1), .character("h")], .screen, "this help", label: "Help"),
        Binding(.setup, [.character(","), .function(2)], .screen, "columns, theme, rate", label: "Setup"),
        Binding(.copy, [.character("y")], .screen, "copy what is selected"),
        Binding(.mouse, [.character("M")], .screen, "mouse on, off"),
        Binding(.reconnect, [.control("r")], .screen, "connect now", label: "Connect"),
        Binding(.redraw, [.control("l")], .screen, "draw all anew"),
        Binding(.suspend, [.control("z")], .screen, "suspend"),
        Binding(.quit, [.character("q"), .function(10), .control("c")], .screen, "quit", label: "Quit"),
    ]
}
