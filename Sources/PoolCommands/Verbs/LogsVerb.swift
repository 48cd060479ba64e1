internal import ArgumentParser
internal import PoolAPI
private import PoolClient
internal import PoolModel

extension LogStream: ExpressibleByArgument {}
extension LogLevel: ExpressibleByArgument {}

/// `poolctl logs`.
struct LogsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what the workers have written, merged.",
        discussion: """
            On a terminal control characters are shown, not sent. Lines marked | are standard output, ! standard \
            error, * marks of Pool's own. Times are in UTC.

            The level of a line is the first level word in it (ERROR, [error], level=error); a line without one counts \
            as info.

            EXAMPLES
              poolctl logs -f
              poolctl logs 1-2 -n 500 --grep Traceback
              poolctl logs --since 10m --stream stderr --json
              poolctl logs --regex 'status=5\\d\\d|Traceback'
              poolctl logs 2 --previous -n 50
              poolctl logs --level warning --since-start
            """,
        aliases: ["tail", "log"]
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @Flag(name: .shortAndLong, help: "Go on with what comes, until Ctrl-C.")
    var follow = false

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("The last so many lines.", valueName: "lines"))
    var lines: Int?

    @Option(help: ArgumentHelp("Only lines since then: 10m ago, or 2026-11-22T07:41:05Z.", valueName: "time"))
    var since: PointInTime?

    @Option(help: ArgumentHelp("Only lines that contain this text.", valueName: "text"))
    var grep: String?

    @Option(
        help: ArgumentHelp("Only lines that match this regular expression, as grep -E has it.", valueName: "pattern")
    )
    var regex: String?

    @Flag(name: .shortAndLong, help: "Match --grep and --regex without regard to case.")
    var ignoreCase = false

    @Option(help: ArgumentHelp("Only this stream; may be repeated.", valueName: "stream"))
    var stream: [LogStream] = []

    @Option(help: ArgumentHelp("Only lines of this level and above.", valueName: "level"))
    var level: LogLevel?

    @Flag(help: "Only lines of each worker's process before the present one: a crash's last words.")
    var previous = false

    @Flag(help: "Only lines of each worker's present process.")
    var sinceStart = false

    @Flag(help: "Let the workers' own colours through to a terminal.")
    var colors = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let lines, !(0...LogQuery.linesMax).contains(lines) {
            throw ValidationError("-n must be in 0...\(LogQuery.linesMax)")
        }
        if previous, sinceStart { throw ValidationError("--previous and --since-start exclude each other.") }
        if previous, follow { throw ValidationError("--previous is over: it cannot be followed.") }
    }

    func perform(_ context: Context) throws -> ExitCode {
        var query = LogQuery()
        query.workers = try Selector.list(workers).map(\.description)
        query.pool = context.settings.pool
        query.streams = Set(stream)
        query.level = level
        query.life = previous ? .previous : sinceStart ? .present : nil
        query.tail = lines
        query.since = since.map { $0.time(now: context.environment.now()) }
        query.grep = grep
        query.regex = regex
        query.ignoreCase = ignoreCase
        var output = LogOutput(style: context.style, isTerminal: context.isTerminal, keepsColors: colors)
        guard follow else {
            let page = try context.send(.logs(query), within: Context.searchTimeout)
            for record in page.lines { try show(record, &output, context) }
            return .done
        }
        return try context.follow(.logs(query)) { (record: LogRecord) in try show(record, &output, context) }
    }

    private func show(_ record: LogRecord, _ output: inout LogOutput, _ context: Context) throws {
        if common.json {
            try context.print(jsonLine: record)
        } else {
            try context.write(output.line(record))
        }
    }
}
