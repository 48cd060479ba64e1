internal import ArgumentParser
internal import PoolAPI
private import PoolClient
private import PoolModel

/// `poolctl status`.
struct StatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the workers, one line each, and why one is not green.",
        discussion: """
            Exits with 0 where every worker that is shown is running, else with 3.

            --format prints a line for each worker: text with fields in braces, \\t and \\n. FIELDS: \
            \(StatusTemplate.Field.allCases.map(\.rawValue).joined(separator: " "))

            EXAMPLES
              poolctl status
              poolctl status state:unhealthy --wide
              poolctl status -w
              poolctl status example_1 --processes
              poolctl status --format '{name} {state} {pid}'
              poolctl status --json | jq '.pools[].workers[].status.state'
            """,
        aliases: ["ps", "list"]
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @Flag(help: "More columns: life, generation, requests, address.")
    var wide = false

    @Flag(help: "The processes of each worker instead, and what they are to gunicorn.")
    var processes = false

    @Flag(name: .shortAndLong, help: "Show it again whenever something changes, until Ctrl-C.")
    var watch = false

    @Option(help: ArgumentHelp("Print each worker by this template.", valueName: "template"))
    var format: StatusTemplate?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if processes, watch || wide || format != nil {
            throw ValidationError("--processes goes with neither --watch, --wide nor --format.")
        }
        if format != nil, common.json { throw ValidationError("--format and --json exclude each other.") }
    }

    func perform(_ context: Context) throws -> ExitCode {
        if processes { return try showProcesses(context) }
        return try StatusQuestion(workers: workers, isWide: wide, watches: watch, format: format).perform(context)
    }

    private func showProcesses(_ context: Context) throws -> ExitCode {
        let selectors = try Selector.list(workers)
        let all = try context.state().pools.flatMap(\.workers).map(\.status)
        let chosen = selectors.isEmpty ? all.map(\.id) : try Selector.resolve(selectors, among: all)
        let details = try chosen.map { try context.send(.detail(of: $0)) }
        try context.settings.json ? context.print(json: details) : context.print(ProcessOutput.lines(details))
        return .done
    }
}

/// What `poolctl status` does, however its options were read.
struct StatusQuestion {
    /// Selectors; empty is all.
    var workers: [String] = []
    var isWide = false
    var watches = false
    var format: StatusTemplate?

    func perform(_ context: Context) throws -> ExitCode {
        let selectors = try Selector.list(workers)
        guard watches else { return try show(try context.state(), selectors, context) }
        var shown = StateFollower()
        var code = ExitCode.done
        let ending = try StreamFollower(.state(pool: context.settings.pool), on: context.session).run(
            until: context.settings.timeout.map { ContinuousClock.now.advanced(by: $0) },
            isInterrupted: context.environment.isInterrupted
        ) { update in
            guard let state = try shown.take(update) else { return true }
            let isScreen = context.isTerminal && !context.settings.json && format == nil
            if isScreen { try context.write("\u{1b}[H\u{1b}[2J") }
            code = try show(state, selectors, context)
            if !isScreen, !context.settings.json, format == nil { try context.write("\n") }
            return true
        }
        return ending == .interrupted ? .done : code
    }

    private func show(_ state: StateSnapshot, _ selectors: [Selector], _ context: Context) throws -> ExitCode {
        let all = state.pools.flatMap(\.workers)
        let chosen = selectors.isEmpty ? nil : Set(try Selector.resolve(selectors, among: all.map(\.status)))
        let isChosen = { (worker: WorkerSnapshot) in chosen?.contains(worker.status.id) ?? true }
        if context.settings.json {
            var shown = state
            for index in shown.pools.indices { shown.pools[index].workers.removeAll { !isChosen($0) } }
            try watches ? context.print(jsonLine: shown) : context.print(json: shown)
        } else if let format {
            try context.print(all.filter(isChosen).map { format.line($0, at: state.at) })
        } else {
            let lines = StatusOutput.lines(
                state,
                chosen: chosen,
                isWide: isWide,
                width: context.columns,
                style: context.style
            )
            try context.print(lines)
        }
        return all.allSatisfy { $0.status.state == .running || !isChosen($0) } ? .done : .notRunning
    }
}
