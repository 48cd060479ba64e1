internal import PoolAPI
internal import PoolCore
internal import PoolModel
internal import PoolProfile

extension Manager {
    /// Checks a profile's text as a reload would read it: by itself, and beside what the other pools run.
    func check(_ request: CheckRequest) -> CheckReply {
        let path = request.path ?? "profile"
        let reading = driver.profile(text: request.text, path: path)
        guard let profile = reading.profile else { return CheckReply(pool: nil, issues: reading.issues) }
        // A pool that does not run yet stands beside all of them, but for the one whose file this was.
        let index = index(of: profile.spec.name) ?? pools.firstIndex { $0.profilePath == path } ?? pools.endIndex
        let candidate = index < pools.endIndex ? widened(profile, pool: index) : profile
        let issues = (conflicts(of: [index: candidate])[index] ?? []).map(ProfileIssueRecord.init)
        return CheckReply(pool: profile.spec.name, issues: reading.issues + issues)
    }

    /// Reads the profiles, and the daemon's own configuration, again and applies what changed. All are read, and held
    /// against one another and against what goes on running, before any is applied: one that is refused leaves its own
    /// pool as it runs, and says so. Pools whose profiles have come or gone are added or stopped.
    ///
    /// - Parameter condition: Every pool that is meant must be of a generation that it names.
    func reload(_ request: ReloadRequest, actor: String, condition: String? = nil) async throws -> ReloadReply {
        let meant = try request.pool.map { [try self.pool(named: $0)] } ?? current.pools
        for pool in meant { try check(generationOf: pool, expected: nil, condition: condition) }
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        var sources = Sources()
        if request.pool == nil { sources = try compareSources(isDryRun: request.dryRun, actor: actor) }
        let wanted = pools.indices.filter { index in
            !pools[index].isLeaving && !sources.removed.contains(index)
                && (request.pool == nil || pools[index].name == request.pool)
        }
        var readings = wanted.map { reread($0, at: sources.moved[$0] ?? pools[$0].profilePath) }
        refuseConflicting(&readings)
        var reply = ReloadReply(pools: readings.map { settle($0, request, actor: actor) })
        reply.pools += sources.removed.sorted().map { remove($0, request, actor: actor) }
        reply.pools += sources.added.map { add($0, request, actor: actor) }
        if request.pool == nil { reply.daemon = reconfigure?(request.dryRun) }
        handleAll()
        await savedAll()
        return reply
    }

    /// A pool's profile as it was read again; nothing is changed yet.
    private struct Reread {
        var index: Int
        /// nil where it is refused.
        var profile: Profile?
        var outcome: PoolReload
    }

    private func reread(_ index: Int, at path: String) -> Reread {
        let name = pools[index].name
        let reading = driver.profile(path: path)
        let outcome = PoolReload(
            pool: name,
            path: path,
            outcome: .refused,
            generation: pools[index].machine.state.generation,
            issues: reading.issues
        )
        var result = Reread(index: index, profile: reading.profile, outcome: outcome)
        if let spec = reading.spec, spec.name != name {
            let message = "the profile is now of pool \(spec.name)"
            result.profile = nil
            result.outcome.issues.append(
                ProfileIssueRecord(severity: .error, path: path, key: "pool.name", message: message)
            )
        }
        return result
    }

    /// Takes away the profiles that cannot run beside the others.
    private func refuseConflicting(_ readings: inout [Reread]) {
        var candidates: [Int: Profile] = [:]
        for reading in readings {
            // What runs already is not refused for what another one wants.
            guard let profile = reading.profile, profile.spec != pools[reading.index].machine.spec else { continue }
            candidates[reading.index] = widened(profile, pool: reading.index)
        }
        let refused = conflicts(of: candidates)
        for place in readings.indices {
            guard let issues = refused[readings[place].index] else { continue }
            readings[place].profile = nil
            readings[place].outcome.issues += issues.map(ProfileIssueRecord.init)
        }
    }

    private func settle(_ reading: Reread, _ request: ReloadRequest, actor: String) -> PoolReload {
        let index = reading.index
        var outcome = reading.outcome
        guard let spec = reading.profile?.spec else {
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
        let next = pools[index].machine.state.nextGeneration
        do {
            let operation = OperationRequest(id: id, command: command, actor: actor, why: request.why)
            let actions = try pools[index].machine.submit(operation, at: clock.moment)
            pools[index].pending.append(contentsOf: actions)
            pools[index].profileError = nil
            followers.bump(.operations)
            outcome.outcome = .applied
            outcome.operation = id
            // It is the pool's once the workers are in it; the operation tells.
            outcome.generation = max(next, pools[index].machine.state.generation)
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
