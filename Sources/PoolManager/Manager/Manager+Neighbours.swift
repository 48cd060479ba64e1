internal import PoolCore
internal import PoolModel
internal import PoolProfile

/// Whether pools can run side by side: what a start checks over all profiles holds for every change as well.
extension Manager {
    /// What keeps profiles from running beside one another, and beside what the other pools run.
    ///
    /// One that is refused leaves its pool as it runs, and the others are held against that too.
    /// - Parameter candidates: by their pools' places; a pool that is not running yet has none of these.
    /// - Returns: by the same places, those that are refused.
    func conflicts(of candidates: [Int: Profile]) -> [Int: [ProfileIssue]] {
        var refused: [Int: [ProfileIssue]] = [:]
        while true {
            var neighbours = ProfileNeighbours(runtimeDirectory: identity.runtimeDirectory)
            for index in pools.indices where candidates[index] == nil || refused[index] != nil {
                for profile in running(index) { neighbours.add(profile) }
            }
            let refusal = candidates.sorted { $0.key < $1.key }.first { index, profile in
                guard refused[index] == nil else { return false }
                let issues = neighbours.conflicts(of: profile) + obstacles(of: profile, pool: index)
                if issues.isEmpty { neighbours.add(profile) } else { refused[index] = issues }
                return !issues.isEmpty
            }
            if refusal == nil { return refused }
        }
    }

    /// Why a changed front could not be opened. A pool whose new address is somebody's must keep the one that it has.
    private func obstacles(of profile: Profile, pool index: Int) -> [ProfileIssue] {
        let present = pools.indices.contains(index) ? pools[index].machine.spec.front.listen : []
        return driver.obstacles(at: profile.spec.front.listen.filter { !present.contains($0) }).map { problem in
            profile.issue(at: "front.listen", problem, suggestion: "see who listens there with: ss -ltnp")
        }
    }

    /// A pool's candidate with room for workers that it has, or is to get, beyond what its profile says.
    func widened(_ profile: Profile, pool index: Int, by more: Int = 0) -> Profile {
        let running = pools[index].machine.spec
        var profile = profile
        // A profile that says another number than before has it; else the pool keeps what it was scaled to.
        if profile.spec.workers == running.workers, profile.spec.first == running.first {
            profile.spec.workers = max(profile.spec.workers, present(index))
        }
        profile.spec.workers += more
        return profile
    }

    /// Refuses to give a pool more workers than there is room for, or workers at addresses that others have.
    func checkRoom(for count: Int, pool index: Int) throws(PoolError) {
        let pool = pools[index]
        // Beyond: the pool's own check says so.
        guard count > present(index), count <= Limits.workersMax else { return }
        var profile = Profile(file: pool.profilePath, directory: pool.profileDirectory, spec: pool.machine.spec)
        profile.spec.workers = count
        guard let issue = conflicts(of: [index: profile])[index]?.first else { return }
        throw PoolError(.conflict, "\(count) workers of \(pool.name): \(issue.message)", remedy: issue.suggestion)
    }

    /// How many numbers a pool's workers take, from its first one on.
    private func present(_ index: Int) -> Int {
        let last = pools[index].machine.state.workers.last?.id.number
        return last.map { $0 - pools[index].machine.spec.first + 1 } ?? 0
    }

    /// The profiles that a pool has workers of, or is about to have.
    private func running(_ index: Int) -> [Profile] {
        let pool = pools[index]
        let state = pool.machine.state
        let asked = state.unfinished.compactMap { operation -> PoolSpec? in
            switch operation.request.command {
            case .deploy(let spec, _), .apply(let spec, _): spec
            case .start, .stop, .restart, .roll, .scale, .drain, .resume, .maintenance, .signal, .shutdown: nil
            }
        }
        return ([state.spec] + state.others.map(\.spec) + asked).map { spec in
            let profile = Profile(file: pool.profilePath, directory: pool.profileDirectory, spec: spec)
            return widened(profile, pool: index)
        }
    }
}
