package import PoolModel

/// `GET /v1/stats/history`: what was carried in each ten seconds of the last hour. It begins anew with each manager.
package struct HistoryReply: Hashable, Sendable, Codable {
    package var at: Timestamp
    /// Seconds of each point.
    package var bucketSeconds: Int
    package var series: [HistorySeries]

    package init(at: Timestamp, bucketSeconds: Int, series: [HistorySeries]) {
        self.at = at
        self.bucketSeconds = bucketSeconds
        self.series = series
    }
}

package struct HistorySeries: Hashable, Sendable, Codable {
    package var pool: String
    /// nil: the whole pool.
    package var worker: WorkerID?
    /// Oldest first.
    package var points: [HistoryPoint]

    package init(pool: String, worker: WorkerID?, points: [HistoryPoint]) {
        self.pool = pool
        self.worker = worker
        self.points = points
    }
}
