internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl stats`.
struct StatsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show traffic, latency and resources of each worker.",
        discussion: """
            EXAMPLES
              poolctl stats
              poolctl stats -f --interval 5
              poolctl stats -f --json | jq '.pools[].traffic.requestsPerSecond'
            """
    )

    @Argument(help: "Selectors; default all.")
    var workers: [String] = []

    @Flag(name: .shortAndLong, help: "Show them again once per interval, until Ctrl-C.")
    var follow = false

    @Option(help: ArgumentHelp("Time between two tables: 1, 500ms, 1m.", valueName: "time"))
    var interval: TimeSpan?

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        let selectors = try Selector.list(workers).map(\.description)
        guard follow else {
            try show(try context.send(.stats(pool: context.settings.pool, workers: selectors)), context)
            return .done
        }
        let call = APICall.stats(pool: context.settings.pool, workers: selectors, interval: interval?.duration)
        return try context.follow(call) { (stats: StatsReply) in
            if context.isTerminal, !common.json { try context.write("\u{1b}[H\u{1b}[2J") }
            try show(stats, context)
        }
    }

    private func show(_ stats: StatsReply, _ context: Context) throws {
        if common.json {
            try follow ? context.print(jsonLine: stats) : context.print(json: stats)
        } else {
            let lines = StatsOutput.lines(stats, width: context.columns, style: context.style)
            try context.print(lines + (follow ? [""] : []))
        }
    }
}
