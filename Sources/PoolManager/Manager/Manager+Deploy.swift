internal import PoolAPI
internal import PoolCore
internal import PoolModel
internal import PoolProfile

/// Deploys, and operations that are held for a while.
extension Manager {
    /// Reads the pool's profile again, lays the request's changes over it, and brings every worker into that.
    /// The generation that runs stays as it is until the last worker has come up.
    func deploy(
        _ request: DeployRequest,
        to name: String,
        actor: String,
        key: IdempotencyKey?,
        condition: String?
    ) async throws -> Operation {
        let bytes = Array("deploy \(name)".utf8) + [0] + (try JSONCoding.encode(request))
        if let key, let known = try keys.operation(of: key, request: bytes) {
            return try operations(pool: nil, id: known).0[0]
        }
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        let snapshot = try pool(named: name)
        try check(generationOf: snapshot, expected: request.expectedGeneration, condition: condition)
        let id = takeOperationID()
        let command = PoolCommand.deploy(try candidate(request, pool: name), RollPolicy(request))
        try submit(OperationRequest(id: id, command: command, actor: actor, why: request.why), to: name)
        if let key { keys.remember(key, request: bytes, operation: id) }
        await savedAll()
        return try operations(pool: nil, id: id).0[0]
    }

    /// The profile that is to run. A file with an error is refused whole: what runs goes on.
    private func candidate(_ request: DeployRequest, pool name: String) throws -> PoolSpec {
        guard let index = index(of: name) else { throw PoolError(.notFound, "pool \(name) does not exist") }
        let path = pools[index].profilePath
        let reading = driver.profile(path: path)
        guard var profile = reading.profile else {
            let issue = reading.issues.first { $0.severity == .error }
            let place = issue?.line.map { "\(path):\($0)" } ?? path
            throw PoolError(
                .invalidArgument,
                "\(place): \(issue?.message ?? "it cannot be read")",
                remedy: "nothing was changed; poolctl check shows all that is wrong"
            )
        }
        if let command = request.command { profile.spec.worker.command = command }
        if let directory = request.directory { profile.spec.worker.directory = directory }
        for entry in request.environment {
            guard let sign = entry.firstIndex(of: "=") else { continue }
            profile.spec.worker.environment[String(entry[..<sign])] = String(entry[entry.index(after: sign)...])
        }
        // Workers beside the others for the time of the roll take places and addresses too.
        let candidate = widened(profile, pool: index, by: max(0, min(request.surge, Limits.workersMax)))
        if let issue = conflicts(of: [index: candidate])[index]?.first {
            throw PoolError(
                .invalidArgument,
                "\(path):\(issue.line): \(issue.message)",
                remedy: issue.suggestion ?? "nothing was changed; poolctl check shows all that is wrong"
            )
        }
        return profile.spec
    }

    /// Holds an operation after the workers it is at, or lets it go on.
    func setPaused(_ isPaused: Bool, _ id: OperationID, actor: String) async throws -> Operation {
        let (found, _) = try operations(pool: nil, id: id)
        guard let operation = found.first, let index = index(of: operation.pool) else {
            throw PoolError(.conflict, "\(id) cannot be paused")
        }
        let moment = clock.moment
        let actions =
            isPaused
            ? try pools[index].machine.pause(id, at: moment) : try pools[index].machine.unpause(id, at: moment)
        pools[index].pending.append(contentsOf: actions)
        followers.bump(.operations)
        handleAll()
        await savedAll()
        return try operations(pool: nil, id: id).0[0]
    }
}

extension RollPolicy {
    init(_ request: DeployRequest) {
        self.init()
        batch = request.batch
        surge = request.surge
        unavailableMax = request.unavailableMax ?? (request.surge > 0 ? 0 : request.batch)
        canary = request.canary
        bake = .seconds(request.bakeSeconds)
        failureShareMax = request.failureShareMax
        bakeRequestsMin = request.failureRequestsMin
        rollsBack = request.rollsBack
    }
}
