internal import PoolAPI
internal import PoolClient
internal import PoolModel

extension Context {
    /// The chosen workers, pool by pool in the daemon's order.
    ///
    /// - Parameter texts: Selectors as the command line has them; empty is all.
    func chosen(_ texts: [String]) throws -> [(pool: PoolSnapshot, workers: [WorkerSnapshot])] {
        let selectors = try Selector.list(texts)
        let pools = try settings.pool.map { [try send(.pool($0))] } ?? send(.pools()).pools
        guard !selectors.isEmpty else { return pools.map { ($0, $0.workers) } }
        let chosen = Set(try Selector.resolve(selectors, among: pools.flatMap(\.workers).map(\.status)))
        return pools.map { pool in (pool, pool.workers.filter { chosen.contains($0.status.id) }) }
            .filter { !$0.1.isEmpty }
    }

    /// Starts one operation for each pool that is concerned, waits for them and says how they went.
    ///
    /// - Parameters:
    ///   - selectors: Which workers; empty is all.
    ///   - prepare: Completes the request of a pool.
    func act(
        _ verb: Operation.Verb,
        on selectors: [String],
        _ action: ActionOptions,
        prepare: (inout ActionRequest, _ workers: [WorkerSnapshot]) throws -> Void = { _, _ in }
    ) throws -> ExitCode {
        let groups = try chosen(selectors)
        guard !groups.isEmpty else {
            if settings.json {
                try print(json: OperationList(operations: []))
            } else {
                try print("nothing to \(verb.rawValue): no worker is meant by \(selectors.joined(separator: " "))")
            }
            return .done
        }
        var operations: [Operation] = []
        for (pool, workers) in groups {
            var request = ActionRequest(verb: verb, why: action.why)
            // Names rather than the selector: what is done is what was looked up, also if the pool changes meanwhile.
            if workers.count < pool.workers.count { request.workers = workers.map(\.name) }
            try prepare(&request, workers)
            try request.validate()
            operations.append(try send(.act(on: pool.name, request)))
        }
        return try finish(operations, waits: action.wait)
    }

    /// Waits for operations, one after the other, and ends with the gravest of their verdicts.
    func finish(_ operations: [Operation], waits: Bool) throws -> ExitCode {
        let deadline = deadline(default: Context.operationTimeout)
        var finished: [Operation] = []
        for operation in operations {
            guard waits else {
                if !settings.json { try print("\(OperationOutput.title(operation)): \(operation.state.rawValue)") }
                finished.append(operation)
                continue
            }
            finished.append(try watch(operation, until: deadline))
        }
        if settings.json { try print(json: OperationList(operations: finished)) }
        guard waits else { return .done }
        return finished.map { ExitCode($0.state) }.max { $0.rawValue < $1.rawValue } ?? .done
    }

    /// Follows an operation to its end or to the deadline; a restart of the daemon in between is sat out.
    func watch(_ operation: Operation, until deadline: ContinuousClock.Instant) throws -> Operation {
        var last = operation
        var progress = OperationProgress(self)
        try progress.show(operation)
        guard !operation.state.isFinished else {
            try progress.finish(operation)
            return operation
        }
        let ending = try StreamFollower(.operation(operation.id), on: session).run(
            until: deadline,
            isInterrupted: environment.isInterrupted
        ) { update in
            switch update {
            case .connected:
                break
            case .lost(let error, _):
                // The daemon ends the stream behind the last change; what that was has been seen.
                guard error.isTransient else { throw error }
            case .records(let records):
                for record in records where record.kind == .change || record.kind == .snapshot {
                    last = try record.decode()
                    try progress.show(last)
                }
            }
            return !last.state.isFinished
        }
        try progress.finish(last)
        if ending != .satisfied, !settings.json {
            try note(
                "poolctl: \(ending == .interrupted ? "interrupted" : "the wait timed out");"
                    + " \(last.id) goes on (poolctl ops watch \(last.id))"
            )
        }
        return last
    }
}

/// Shows how an operation goes: a bar that is redrawn on a terminal, a line for each step in a pipe, nothing for JSON.
private struct OperationProgress {
    private let context: Context
    private let redraws: Bool
    private var last: Operation?

    init(_ context: Context) {
        self.context = context
        redraws = context.environment.isTerminal(.output)
    }

    mutating func show(_ operation: Operation) throws {
        defer { last = operation }
        guard !context.settings.json else { return }
        let steps = OperationOutput.steps(operation, since: last, context.style).map { $0 + "\n" }.joined()
        guard redraws else { return try context.write(steps) }
        let bar = OperationOutput.bar(operation, width: context.columns)
        try context.write("\r\u{1b}[K" + steps + (operation.state.isFinished ? "" : bar))
    }

    func finish(_ operation: Operation) throws {
        guard !context.settings.json else { return }
        try context.write((redraws ? "\r\u{1b}[K" : "") + OperationOutput.verdict(operation, context.style) + "\n")
    }
}
