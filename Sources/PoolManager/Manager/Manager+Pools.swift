internal import PoolAPI
internal import PoolCore
internal import PoolModel
internal import PoolProfile

/// Pools that come and go while the daemon runs: a reload compares the profiles that there are with the pools.
///
/// A profile that is new in a directory adds its pool, one that is gone stops its pool, drained. Nothing else is touched.
/// A file that was named by itself and is gone is a mistake, not a wish: its pool goes on.
extension Manager {
    /// What has come and what has gone.
    struct Sources {
        var added: [String] = []
        /// Places of pools.
        var removed: Set<Int> = []
        /// By pools' places: the paths at which their profiles are now.
        var moved: [Int: String] = [:]
    }

    /// Operations of pools that have left are remembered up to here. Beyond: the oldest goes.
    private static let departedMax = 64

    /// Looks where the profiles are. A pool whose file has another name now keeps running from that one.
    ///
    /// A directory that cannot be listed says nothing of the profiles in it: then nothing is compared at all.
    func compareSources(isDryRun: Bool, actor: String) throws(PoolError) -> Sources {
        let listing = driver.profileListing
        var paths = listing.paths
        for failure in listing.failures {
            // A file that is gone; its pool's own reading says so.
            guard !pools.contains(where: { $0.profilePath == failure.source }) else {
                paths.append(failure.source)
                continue
            }
            let error = failure.error
            if !isDryRun { report(.error, .profile, nil, "reload refused: \(error.message)", actor: actor) }
            throw error
        }
        // None at all is an empty directory, or a mistake: each pool's own reading says so.
        guard !paths.isEmpty else { return Sources() }
        var sources = Sources()
        sources.removed = Set(pools.indices.filter { !pools[$0].isLeaving && !paths.contains(pools[$0].profilePath) })
        let known = Set(pools.map(\.profilePath))
        for path in paths where !known.contains(path) {
            let name = driver.profile(path: path).spec?.name
            guard let index = sources.removed.first(where: { pools[$0].name == name }) else {
                sources.added.append(path)
                continue
            }
            sources.removed.remove(index)
            sources.moved[index] = path
            if !isDryRun { pools[index].profilePath = path }
        }
        return sources
    }

    /// Adds a profile's pool, or says what keeps it from running.
    func add(_ path: String, _ request: ReloadRequest, actor: String) -> PoolReload {
        let reading = driver.profile(path: path)
        let file = path.split(separator: "/").last.map(String.init) ?? path
        var outcome = PoolReload(
            pool: reading.spec?.name ?? file,
            path: path,
            outcome: .refused,
            generation: 0,
            issues: reading.issues
        )
        if let profile = reading.profile, let problem = begin(profile, path, &outcome, request, actor: actor) {
            outcome.issues.append(ProfileIssueRecord(severity: .error, path: path, message: problem))
        }
        if outcome.outcome == .refused, !request.dryRun {
            let why = outcome.issues.first { $0.severity == .error }?.message ?? "it cannot be read"
            report(.error, .profile, nil, "\(path) is not added: \(why)", actor: actor)
        }
        return outcome
    }

    /// Returns what keeps it from being begun.
    private func begin(
        _ profile: Profile,
        _ path: String,
        _ outcome: inout PoolReload,
        _ request: ReloadRequest,
        actor: String
    ) -> String? {
        let spec = profile.spec
        if let index = index(of: spec.name) {
            let other = pools[index]
            if other.isLeaving { return "pool \(spec.name) is still being stopped; reload again when it has left" }
            return "the pool \(spec.name) is already defined in \(other.profilePath)"
        }
        let issues = conflicts(of: [pools.endIndex: profile])[pools.endIndex] ?? []
        outcome.issues += issues.map(ProfileIssueRecord.init)
        guard issues.isEmpty else { return nil }
        outcome.generation = 1
        outcome.outcome = .added
        guard !request.dryRun else { return nil }
        do throws(PoolError) {
            try driver.begin(spec)
        } catch {
            outcome.outcome = .refused
            return error.description
        }
        let machine = PoolMachine(
            spec: spec,
            state: nil,
            known: [],
            beginning: .cold,
            at: clock.moment,
            seed: UInt64.random(in: .min ... .max),
            address: ManagedPool.addressRule(runtimeDirectory: identity.runtimeDirectory, profilePath: path)
        )
        var pool = ManagedPool(machine: machine, profilePath: path)
        pool.pending = pool.machine.begin(at: clock.moment)
        pools.append(pool)
        report(.notice, .profile, nil, "pool \(spec.name) is added from \(path)", actor: actor)
        stateChanged()
        return nil
    }

    /// Stops a pool whose profile is gone; it leaves once all its processes have ended.
    func remove(_ index: Int, _ request: ReloadRequest, actor: String) -> PoolReload {
        let pool = pools[index]
        var outcome = PoolReload(
            pool: pool.name,
            path: pool.profilePath,
            outcome: .removed,
            generation: pool.machine.state.generation
        )
        guard !request.dryRun else { return outcome }
        let id = takeOperationID()
        let why = request.why.isEmpty ? "its profile is gone" : request.why
        let operation = OperationRequest(id: id, command: .shutdown(force: false), actor: actor, why: why)
        do throws(PoolError) {
            pools[index].pending += try pools[index].machine.submit(operation, at: clock.moment)
            pools[index].isLeaving = true
            outcome.operation = id
            followers.bump(.operations)
            report(.notice, .profile, nil, "pool \(pool.name) is stopped: \(pool.profilePath) is gone", actor: actor)
        } catch {
            outcome.outcome = .refused
            outcome.issues.append(
                ProfileIssueRecord(severity: .error, path: pool.profilePath, message: error.description)
            )
        }
        return outcome
    }

    /// Lets pools go of which nothing is left. Only while no event waits that names a pool by its place.
    func letPoolsGo() {
        while let index = pools.firstIndex(where: { $0.isLeaving && $0.machine.isShutDown && $0.pending.isEmpty }) {
            let pool = pools.remove(at: index)
            for worker in pool.machine.state.workers.map(\.id) {
                slots.release(worker)
                slotless.remove(worker)
                lives[worker] = nil
                workerHistory[worker] = nil
                driver.release(worker)
            }
            poolHistory[pool.name] = nil
            departed = (departed + pool.machine.operations).suffix(Manager.departedMax)
            routes.change(pool: pool.name, revision: .max)
            driver.end(pool: pool.name)
            report(.notice, .profile, nil, "pool \(pool.name) has left")
            saving.isDue = true
            stateChanged()
        }
    }
}
