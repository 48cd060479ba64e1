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

            EXAMPLES
              poolctl status
              poolctl status state:unhealthy --wide
              poolctl status -w
              poolctl status --json | jq '.pools[].workers[].status.state'
            """,
        aliases: ["ps", "list"]
    )

    @Argument(help: "Selectors; default all.")
    var workers: [String] = []

    @Flag(help: "More columns: life, generation, requests, address.")
    var wide = false

    @Flag(name: .shortAndLong, help: "Show it again whenever something changes, until Ctrl-C.")
    var watch = false

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        let selectors = try Selector.list(workers)
        guard watch else { return try show(try context.send(.state()), selectors, context) }
        var shown = StateFollower()
        var code = ExitCode.done
        let ending = try StreamFollower(.state(), on: context.session).run(
            until: context.options.timeout.map { ContinuousClock.now.advanced(by: $0.duration) },
            isInterrupted: context.environment.isInterrupted
        ) { update in
            guard let state = try shown.take(update) else { return true }
            if context.isTerminal, !common.json { try context.write("\u{1b}[H\u{1b}[2J") }
            code = try show(state, selectors, context)
            if !context.isTerminal, !common.json { try context.write("\n") }
            return true
        }
        return ending == .interrupted ? .done : code
    }

    private func show(_ state: StateSnapshot, _ selectors: [Selector], _ context: Context) throws -> ExitCode {
        let all = state.pools.flatMap(\.workers).map(\.status)
        let chosen = selectors.isEmpty ? nil : Set(try Selector.resolve(selectors, among: all))
        if common.json {
            var shown = state
            for index in shown.pools.indices {
                shown.pools[index].workers.removeAll { !(chosen?.contains($0.status.id) ?? true) }
            }
            try watch ? context.print(jsonLine: shown) : context.print(json: shown)
        } else {
            let lines = StatusOutput.lines(
                state,
                chosen: chosen,
                isWide: wide,
                width: context.columns,
                style: context.style
            )
            try context.print(lines)
        }
        return all.allSatisfy { $0.state == .running || chosen?.contains($0.id) == false } ? .done : .notRunning
    }
}
