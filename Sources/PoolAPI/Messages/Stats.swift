package import PoolModel

/// `GET /v1/stats`: the figures alone.
package struct StatsReply: Hashable, Sendable, Codable {
    package var at: Timestamp
    package var pools: [PoolStats]
    /// What belongs to no worker.
    package var proxy: ProxyStats
    /// nil where nobody has looked.
    package var host: HostStats?

    package init(at: Timestamp, pools: [PoolStats], proxy: ProxyStats = ProxyStats(), host: HostStats? = nil) {
        self.host = host
        self.at = at
        self.pools = pools
        self.proxy = proxy
    }
}

package struct PoolStats: Hashable, Sendable, Codable {
    package var pool: String
    package var traffic: TrafficStats
    package var workers: [WorkerStats]

    package init(pool: String, traffic: TrafficStats, workers: [WorkerStats]) {
        self.pool = pool
        self.traffic = traffic
        self.workers = workers
    }

    package init(_ snapshot: PoolSnapshot) {
        self.init(
            pool: snapshot.name,
            traffic: snapshot.stats,
            workers: snapshot.workers.map {
                WorkerStats(
                    worker: $0.status.id,
                    traffic: $0.traffic,
                    resources: $0.resources,
                    restarts: $0.status.restarts
                )
            }
        )
    }
}

package struct WorkerStats: Hashable, Sendable, Codable {
    package var worker: WorkerID
    package var traffic: TrafficStats
    package var resources: ResourceStats?
    package var restarts: Int

    package init(worker: WorkerID, traffic: TrafficStats, resources: ResourceStats?, restarts: Int) {
        self.worker = worker
        self.traffic = traffic
        self.resources = resources
        self.restarts = restarts
    }
}
