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
              poolctl stats --proxy
              poolctl stats --history --last 10m
              poolctl stats -f --json | jq '.pools[].traffic.requestsPerSecond'
            """
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @Flag(name: .shortAndLong, help: "Show them again once per interval, until Ctrl-C.")
    var follow = false

    @Option(help: ArgumentHelp("Time between two tables: 1 (the least), 5s, 1m.", valueName: "time"))
    var interval: TimeSpan?

    @Flag(help: "Show what the proxies count for all pools instead: connections, TLS, HTTP/2, refusals, memory.")
    var proxy = false

    @Flag(help: "Show the last hour in steps of ten seconds: of the pools, or of the given workers.")
    var history = false

    @Option(help: ArgumentHelp("With --history: how far back (default 1h).", valueName: "time"))
    var last: TimeSpan?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let interval, interval.duration < .seconds(1) {
            throw ValidationError("--interval must be 1s or more: figures are made once a second.")
        }
    }

    func perform(_ context: Context) throws -> ExitCode {
        let selectors = try Selector.list(workers).map(\.description)
        guard !(proxy && history) else {
            throw CommandError(.usage, "--proxy has no history", remedy: "leave --history away")
        }
        guard !(proxy && !workers.isEmpty) else {
            throw CommandError(
                .usage,
                "--proxy is about no worker: the proxies count for all pools",
                remedy: "leave \(workers.joined(separator: " ")) away"
            )
        }
        if history { return try showHistory(selectors, context) }
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

    private func showHistory(_ selectors: [String], _ context: Context) throws -> ExitCode {
        guard !follow else { throw CommandError(.usage, "--history does not follow", remedy: "leave -f away") }
        let request = APIRequest.history(pool: context.settings.pool, workers: selectors, last: last?.duration)
        let reply = try context.send(request)
        if common.json {
            try context.print(json: reply)
        } else {
            try context.print(HistoryOutput.lines(reply, width: context.columns, style: context.style))
        }
        return .done
    }

    private func show(_ stats: StatsReply, _ context: Context) throws {
        if common.json, proxy {
            try follow ? context.print(jsonLine: stats.proxy) : context.print(json: stats.proxy)
        } else if common.json {
            try follow ? context.print(jsonLine: stats) : context.print(json: stats)
        } else {
            let (width, style) = (context.columns, context.style)
            let lines =
                proxy
                ? StatsOutput.proxyLines(stats.proxy, width: width, style: style)
                : StatsOutput.lines(stats, width: width, style: style)
            try context.print(lines + (follow ? [""] : []))
        }
    }
}
