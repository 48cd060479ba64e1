internal import ArgumentParser
internal import PoolAPI
private import PoolClient
private import PoolModel

/// `poolctl shutdown`.
struct ShutdownVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "shutdown",
        abstract: "Stop all workers and the daemon.",
        discussion: """
            Ends when the daemon has: its processes are gone and its runtime directory is free for another one.
            """
    )

    @Flag(help: "Do not wait for requests in flight.")
    var force = false

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        if let pool = common.pool {
            let remedy = "poolctl stop all --pool \(pool) stops that pool's workers"
            throw CommandError(.usage, "shutdown ends the daemon and every pool, not \(pool) alone", remedy: remedy)
        }
        let deadline = context.deadline(default: Context.operationTimeout)
        let keeper = KeeperProcess(try? context.send(.version()), in: context)
        let operation = try context.send(.shutdown(ShutdownRequest(why: action.why, force: force)))
        guard action.wait else { return try context.finish([operation], waits: false) }
        var last = operation
        let ending = try StreamFollower(.operation(operation.id), on: context.session).run(
            until: deadline,
            isInterrupted: context.environment.isInterrupted
        ) { update in
            switch update {
            case .connected: return true
            case .records(let records):
                for record in records where record.kind != .heartbeat && record.kind != .gap {
                    last = try record.decode()
                    if !common.json {
                        try context.print(OperationOutput.steps(last, since: nil, context.style).suffix(1))
                    }
                }
                return true
            case .lost(let error, _):
                // The daemon is gone when its socket is: a manager that was only restarted comes back.
                return error.kind != .noDaemon && error.kind != .staleSocket
            }
        }
        // Its socket goes first, its lock with its last process.
        guard ending == .satisfied, keeper?.waitForEnd(until: deadline) ?? true else {
            throw CommandError(.waitTimedOut, "the daemon has not ended yet", remedy: "see poolctl ops show \(last.id)")
        }
        if common.json {
            last.state = .succeeded
            try context.print(json: OperationList(operations: [last]))
        } else {
            try context.print("the daemon has ended")
        }
        return .done
    }
}
