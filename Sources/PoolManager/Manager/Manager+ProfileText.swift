internal import PoolAPI
internal import PoolCore
internal import PoolModel
internal import PoolProfile

extension Manager {
    /// The profile that runs, and what its file says now, both without secrets.
    func profile(of name: String) throws -> ProfileReply {
        _ = try pool(named: name)
        guard let index = index(of: name) else { throw PoolError(.notFound, "pool \(name) does not exist") }
        let pool = pools[index]
        let reading = driver.profile(path: pool.profilePath)
        return ProfileReply(
            pool: name,
            generation: pool.machine.state.generation,
            path: pool.profilePath,
            running: Manager.text(pool.machine.spec),
            proposed: reading.spec.map(Manager.text),
            issues: reading.issues
        )
    }

    private static func text(_ spec: PoolSpec) -> String {
        var spec = spec
        spec.worker.environment = spec.worker.environment.mapValues { _ in ProfileReply.hidden }
        return ProfileWriter.text(spec, detail: .everything)
    }
}
