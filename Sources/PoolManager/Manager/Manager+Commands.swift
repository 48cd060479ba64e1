internal import PoolAPI
internal import PoolCore
internal import PoolModel

/// What people ask for. Each mutation is in the state file before it is answered.
extension Manager {
    func act(
        _ action: ActionRequest,
        on pool: String,
        actor: String,
        key: IdempotencyKey?,
        condition: String?
    ) async throws -> Operation {
        let request = Array(pool.utf8) + [0] + (try JSONCoding.encode(action))
        if let key, let known = try keys.operation(of: key, request: request) {
            return try operations(pool: nil, id: known).0[0]
        }
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        let snapshot = try self.pool(named: pool)
        try check(action, against: snapshot, condition: condition)
        if action.verb == .scale, let count = action.count, let index = index(of: pool) {
            try checkRoom(for: count, pool: index)
        }
        let chosen = try choose(action.workers, pool: pool)?.sorted() ?? snapshot.workers.map(\.status.id)
        if action.verb == .signal { try check(action.signal ?? "", to: chosen, of: snapshot) }
        let id = takeOperationID()
        try submit(
            OperationRequest(
                id: id,
                command: action.command(chosen, in: try machine(of: pool).spec),
                actor: actor,
                why: action.why,
                verb: action.verb
            ),
            to: pool
        )
        if let key { keys.remember(key, request: request, operation: id) }
        await savedAll()
        // The operation may be over already; it is remembered longer than it takes to ask for it.
        return try operations(pool: nil, id: id).0[0]
    }

    /// Refuses to act where the pool runs another profile than the one that the client saw.
    func check(generationOf pool: PoolSnapshot, expected: Generation?, condition: String?) throws {
        if let condition, !EntityTag(pool).matches(condition) {
            throw Problem(
                .preconditionFailed,
                "pool \(pool.name) is at generation \(pool.generation)",
                object: pool.name
            )
        }
        if let expected = expected, expected != pool.generation {
            throw PoolError(.conflict, "pool \(pool.name) is at generation \(pool.generation), not \(expected)")
        }
    }

    /// Refuses to act on what has changed since the client looked.
    private func check(_ action: ActionRequest, against pool: PoolSnapshot, condition: String?) throws {
        try check(generationOf: pool, expected: action.expectedGeneration, condition: condition)
        if let signal = action.signal, SignalName.number(of: signal) == nil {
            throw PoolError(
                .invalidArgument,
                "there is no signal \(signal)",
                remedy: NearestName.hint(SignalName.names, to: signal) ?? "write HUP, USR1 or a number"
            )
        }
        try check(lives: action.expected, of: pool)
    }

    /// Refuses to act on workers whose processes were replaced since the client looked.
    func check(lives: [WorkerGuard], of pool: PoolSnapshot) throws(PoolError) {
        for expected in lives {
            let status = pool.workers.first { $0.status.id == expected.worker }?.status
            guard status?.life == expected.life else {
                throw PoolError(
                    .conflict,
                    "\(expected.worker) has been replaced meanwhile",
                    remedy: "look again, then repeat the command"
                )
            }
        }
    }

    /// Refuses the one signal that makes a process nobody supervises: on USR2 gunicorn starts a second master as a child
    /// of the first, and whoever supervises the first takes its end for the worker's.
    private func check(_ signal: String, to workers: [WorkerID], of pool: PoolSnapshot) throws(PoolError) {
        guard SignalName.number(of: signal) == SignalName.number(of: "USR2") else { return }
        for worker in pool.workers where workers.contains(worker.status.id) {
            guard let process = worker.status.process,
                driver.inspect(process).processes.first?.gunicorn?.role == .master
            else { continue }
            throw PoolError(
                .conflict,
                "\(worker.status.id) is gunicorn: USR2 would start a second master below it, which nobody supervises",
                remedy: "poolctl deploy --surge 1 starts a new master, and ends the old one when the new one serves"
            )
        }
    }

    private func machine(of pool: String) throws(PoolError) -> PoolMachine {
        guard let index = index(of: pool) else { throw PoolError(.notFound, "pool \(pool) does not exist") }
        return pools[index].machine
    }

    func takeOperationID() -> OperationID {
        defer { nextOperation += 1 }
        return OperationID(number: nextOperation)
    }

    /// Hands a command to its pool's machine.
    func submit(_ request: OperationRequest, to pool: String) throws(PoolError) {
        guard let index = index(of: pool) else { throw PoolError(.notFound, "pool \(pool) does not exist") }
        let actions = try pools[index].machine.submit(request, at: clock.moment)
        pools[index].pending.append(contentsOf: actions)
        followers.bump(.operations)
        handleAll()
    }

    func cancel(_ id: OperationID, actor: String) async throws -> Operation {
        let (found, _) = try operations(pool: nil, id: id)
        guard let operation = found.first, let index = index(of: operation.pool) else {
            throw PoolError(.conflict, "\(id) cannot be cancelled")
        }
        let actions = try pools[index].machine.cancel(id, actor: actor, at: clock.moment)
        pools[index].pending.append(contentsOf: actions)
        followers.bump(.operations)
        handleAll()
        await savedAll()
        return try operations(pool: nil, id: id).0[0]
    }
}

extension ActionRequest {
    /// The command that a valid request means.
    func command(_ workers: [WorkerID], in spec: PoolSpec) -> PoolCommand {
        var policy = RollPolicy()
        policy.batch = batch ?? 1
        policy.unavailableMax = policy.batch
        switch verb {
        case .start: return .start(workers)
        case .stop: return .stop(workers, force: force)
        case .restart: return .restart(workers, force ? .together(force: true) : .rolling(policy))
        case .roll: return .restart(workers, .rolling(policy))
        case .drain: return .drain(workers)
        case .resume: return .resume(workers)
        case .maintenance: return .maintenance(workers)
        case .signal: return .signal(workers, name: signal ?? "")
        case .scale: return .scale(to: count ?? workers.count, order ?? spec.scale.order)
        case .deploy, .apply, .shutdown, .upgrade:
            preconditionFailure("illegal: \(verb) passed the request's own check")
        }
    }
}
