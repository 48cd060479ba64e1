internal import PoolAPI
internal import PoolCore
internal import PoolModel

extension Manager {
    /// Checks a profile's text as a reload would read it.
    func check(_ request: CheckRequest) -> CheckReply {
        let reading = driver.profile(text: request.text, path: request.path ?? "profile")
        return CheckReply(pool: reading.spec?.name, issues: reading.issues)
    }

    /// Reads the profiles, and the daemon's own configuration, again and applies what changed. All are read before any is applied: one that is refused
    /// leaves its own pool as it runs, and says so.
    func reload(_ request: ReloadRequest, actor: String) async throws -> ReloadReply {
        if let pool = request.pool { _ = try self.pool(named: pool) }
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        let wanted = pools.map(\.name).filter { request.pool == nil || $0 == request.pool }
        var reply = ReloadReply(pools: wanted.compactMap { reload($0, request, actor: actor) })
        if request.pool == nil { reply.daemon = reconfigure?(request.dryRun) }
        handleAll()
        await savedAll()
        return reply
    }

    private func reload(_ name: String, _ request: ReloadRequest, actor: String) -> PoolReload? {
        guard let index = index(of: name) else { return nil }
        let path = pools[index].profilePath
        var reading = driver.profile(path: path)
        var outcome = PoolReload(
            pool: name,
            path: path,
            outcome: .refused,
            generation: pools[index].machine.state.generation,
            issues: reading.issues
        )
        if let spec = reading.spec, spec.name != name {
            let message = "the profile is now of pool \(spec.name)"
            reading = ProfileReading(spec: nil, issues: [])
            outcome.issues.append(ProfileIssueRecord(severity: .error, path: path, key: "pool.name", message: message))
        }
        guard let spec = reading.spec else {
            refuse(&outcome, pool: index, actor: actor, isDryRun: request.dryRun)
            return outcome
        }
        let plan = pools[index].machine.plan(for: spec)
        outcome.changed = Set(plan.items.flatMap(\.reasons)).sorted()
        outcome.restarts = plan.items.filter { $0.effect == .restart }.map(\.worker)
        guard spec != pools[index].machine.spec else {
            outcome.outcome = .unchanged
            if !request.dryRun { pools[index].profileError = nil }
            return outcome
        }
        guard !request.dryRun else {
            outcome.outcome = .differs
            return outcome
        }
        apply(spec, &outcome, pool: index, request, actor: actor)
        return outcome
    }

    private func apply(
        _ spec: PoolSpec,
        _ outcome: inout PoolReload,
        pool index: Int,
        _ request: ReloadRequest,
        actor: String
    ) {
        let id = takeOperationID()
        let command = PoolCommand.apply(spec, RollPolicy())
        do {
            let operation = OperationRequest(id: id, command: command, actor: actor, why: request.why)
            let actions = try pools[index].machine.submit(operation, at: clock.moment)
            pools[index].pending.append(contentsOf: actions)
            pools[index].profileError = nil
            followers.bump(.operations)
            outcome.outcome = .applied
            outcome.operation = id
            outcome.generation = pools[index].machine.state.generation
        } catch {
            outcome.issues.append(
                ProfileIssueRecord(severity: .error, path: outcome.path, message: error.description)
            )
            refuse(&outcome, pool: index, actor: actor, isDryRun: false)
        }
    }

    private func refuse(_ outcome: inout PoolReload, pool index: Int, actor: String, isDryRun: Bool) {
        outcome.outcome = .refused
        guard !isDryRun else { return }
        let first = outcome.issues.first { $0.severity == .error }
        let place = first.flatMap { issue in issue.line.map { "line \($0): " } } ?? ""
        let why = place + (first?.message ?? "it cannot be read")
        pools[index].profileError = why
        let generation = pools[index].machine.state.generation
        report(
            .error,
            .profile,
            nil,
            "reload of \(outcome.path) refused, generation \(generation) still runs: \(why)",
            actor: actor
        )
        stateChanged()
    }
}
