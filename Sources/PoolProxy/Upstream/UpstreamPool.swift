internal import PoolModel

/// One loop's connections to one life of a worker: the idle ones, last used first, and what was learned of its limit.
///
/// Last in, first out keeps few connections warm and lets the others reach the idle limit, where they are closed.
final class UpstreamPool {
    // State: the loop's; the shared part of the worker is in its target.

    let target: WorkerTarget
    let stats: StatsBlock
    var idleLimit: IdleLimit
    var slowStart = SlowStart()
    private unowned(unsafe) var firstIdle: UpstreamConnection?
    private unowned(unsafe) var lastIdle: UpstreamConnection?
    private(set) var idleCount = 0
    /// The worker's life is over or it left the table: connections are closed instead of kept.
    var isRetired = false

    init(target: WorkerTarget, stats: StatsBlock, idleMax: UInt64) {
        self.target = target
        self.stats = stats
        idleLimit = IdleLimit(most: idleMax)
    }

    /// The connection that was used last.
    @inline(__always)
    func takeIdle() -> UpstreamConnection? {
        guard let connection = firstIdle else { return nil }
        unlink(connection)
        return connection
    }

    /// The connection that has been idle for longest.
    var oldestIdle: UpstreamConnection? { lastIdle }

    @inline(__always)
    func putIdle(_ connection: UpstreamConnection, now: UInt64) {
        connection.phase = .idle
        connection.idleSince = now
        connection.previousIdle = nil
        connection.nextIdle = firstIdle
        if let first = firstIdle { first.previousIdle = connection } else { lastIdle = connection }
        firstIdle = connection
        idleCount &+= 1
        stats.add(.idleConnections)
    }

    /// Takes an idle connection out of the list.
    @inline(__always)
    func unlink(_ connection: UpstreamConnection) {
        let next = connection.nextIdle
        let previous = connection.previousIdle
        if let previous { previous.nextIdle = next } else { firstIdle = next }
        if let next { next.previousIdle = previous } else { lastIdle = previous }
        connection.nextIdle = nil
        connection.previousIdle = nil
        idleCount &-= 1
        stats.subtract(.idleConnections)
    }
}
