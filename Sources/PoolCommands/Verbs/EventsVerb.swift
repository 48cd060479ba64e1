internal import ArgumentParser
internal import PoolAPI
internal import PoolModel

extension PoolEvent.Kind: ExpressibleByArgument {}
extension PoolEvent.Severity: ExpressibleByArgument {}

/// `poolctl events`.
struct EventsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened: starts, exits, health, operations, who asked for it.",
        discussion: """
            Times are in UTC.

            EXAMPLES
              poolctl events -f
              poolctl events --kind exit --kind health --since 1h
              poolctl events --severity warning --json
            """
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @Flag(name: .shortAndLong, help: "Go on with what comes, until Ctrl-C.")
    var follow = false

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("The last so many events.", valueName: "events"))
    var lines: Int?

    @Option(help: ArgumentHelp("Only events since then: 10m ago, or 2026-11-22T07:41:05Z.", valueName: "time"))
    var since: PointInTime?

    @Option(help: ArgumentHelp("Only this kind; may be repeated.", valueName: "kind"))
    var kind: [PoolEvent.Kind] = []

    @Option(help: ArgumentHelp("Only this severity and above.", valueName: "severity"))
    var severity: PoolEvent.Severity?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let lines, !(0...Limits.eventsMax).contains(lines) {
            throw ValidationError("-n must be in 0...\(Limits.eventsMax)")
        }
    }

    func perform(_ context: Context) throws -> ExitCode {
        var query = EventQuery()
        query.workers = try Selector.list(workers).map(\.description)
        query.pool = context.settings.pool
        query.kinds = Set(kind)
        query.severity = severity
        query.tail = lines
        query.since = since.map { $0.time(now: context.environment.now()) }
        guard follow else {
            for event in try context.send(.events(query)).events { try show(event, context) }
            return .done
        }
        return try context.follow(.events(query)) { (event: PoolEvent) in try show(event, context) }
    }

    private func show(_ event: PoolEvent, _ context: Context) throws {
        if common.json {
            try context.print(jsonLine: event)
        } else {
            try context.print(EventOutput.line(event, context.style))
        }
    }
}
