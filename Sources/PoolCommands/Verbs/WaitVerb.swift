internal import ArgumentParser
internal import PoolAPI
private import PoolClient
private import PoolModel

/// `poolctl wait`.
struct WaitVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until something is so.",
        discussion: """
            CONDITIONS
              healthy      every chosen worker takes requests, and no front of theirs is held or in
                           maintenance (default)
              ready=N      at least N of them take requests, whatever the front does
              running      every one is running
              stopped      none has a process
              op:ID        the operation is finished; its verdict is the exit code
              daemon       the daemon answers

            Waits for the daemon too, 60 s in all unless --timeout says otherwise; exits with 6 where that was not enough.

            EXAMPLES
              poold run -d profiles/aiohttp.toml && poolctl wait --for healthy --timeout 30
              poolctl wait 1-2 --for stopped
            """
    )

    @Argument(help: "Selectors; default all.", completion: .workers)
    var workers: [String] = []

    @Option(name: .customLong("for"), help: ArgumentHelp("What to wait for.", valueName: "condition"))
    var condition = WaitCondition.healthy

    @OptionGroup var common: CommonOptions

    private static let limit = Duration.seconds(60)

    func perform(_ context: Context) throws -> ExitCode {
        if case .operation(let id) = condition {
            let operation = try context.watch(
                try context.send(.operation(id)),
                until: context.deadline(default: Context.operationTimeout)
            )
            if common.json { try context.print(json: operation) }
            return ExitCode(operation.state)
        }
        let selectors = try Selector.list(workers)
        var states = StateFollower()
        var lost: SessionError?
        let ending = try StreamFollower(.state(pool: context.settings.pool), on: context.session).run(
            until: context.deadline(default: WaitVerb.limit),
            isInterrupted: context.environment.isInterrupted
        ) { update in
            if case .lost(let error, _) = update { lost = error }
            guard let state = try states.take(update, waitsForDaemon: true) else { return true }
            lost = nil
            return try !condition.holds(in: state, for: selectors)
        }
        if common.json, let state = states.state { try context.print(json: state) }
        if ending == .satisfied {
            if !common.json { try context.print("\(condition)") }
            return .done
        }
        if let lost, lost.exitCode == .noDaemon { throw lost }
        let reasons = states.state.map { condition.reasons(in: $0, for: selectors) } ?? []
        throw CommandError(
            .waitTimedOut,
            "\(ending == .interrupted ? "interrupted" : "the wait timed out"): not \(condition)",
            remedy: reasons.isEmpty ? nil : reasons.prefix(5).joined(separator: "; ")
        )
    }
}
