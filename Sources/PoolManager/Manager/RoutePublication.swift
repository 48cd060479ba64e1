internal import PoolModel

/// What the proxies were told, and which pools still wait to hear that they all know it.
struct RoutePublication {
    private struct Pending {
        var version: UInt64
        var pool: String
        var revision: UInt64
    }

    /// The version of the last table.
    private(set) var version: UInt64 = 0
    /// When the last table was published.
    private(set) var publishedAt = Duration.zero
    /// Pools whose routes changed since, with the revision that they know them by.
    private(set) var changed: [String: UInt64] = [:]
    private var pending: [Pending] = []

    mutating func change(pool: String, revision: UInt64) { changed[pool] = revision }

    /// Gives what has changed a version.
    ///
    /// It grows with the clock of the machine's uptime, in milliseconds: a proxy that has heard another manager, whose
    /// last version nobody knows, still takes this one for newer.
    mutating func advance(at now: Duration) -> UInt64 {
        publishedAt = now
        version = max(version + 1, UInt64(max(0, now.nanoseconds / 1_000_000)))
        for (pool, revision) in changed { pending.append(Pending(version: version, pool: pool, revision: revision)) }
        changed = [:]
        return version
    }

    /// All proxies use this version; returns what the pools wait for, in order.
    mutating func confirmed(_ version: UInt64) -> [(pool: String, revision: UInt64)] {
        let done = pending.filter { $0.version <= version }.map { ($0.pool, $0.revision) }
        pending.removeAll { $0.version <= version }
        return done
    }
}
