package import PoolModel

/// `GET /v1/pools`.
package struct PoolList: Hashable, Sendable, Codable {
    package var pools: [PoolSnapshot]

    package init(pools: [PoolSnapshot]) { self.pools = pools }
}

/// `GET /v1/pools/{pool}/workers`.
package struct WorkerList: Hashable, Sendable, Codable {
    package var workers: [WorkerSnapshot]

    package init(workers: [WorkerSnapshot]) { self.workers = workers }
}

/// `GET /v1/operations`: the newest first.
package struct OperationList: Hashable, Sendable, Codable {
    package var operations: [Operation]

    package init(operations: [Operation]) { self.operations = operations }
}

/// `GET /v1/events`: the oldest first.
package struct EventList: Hashable, Sendable, Codable {
    package var events: [PoolEvent]
    /// The last sequence number that was considered: `after` of the next request.
    package var sequence: UInt64

    package init(events: [PoolEvent], sequence: UInt64) {
        self.events = events
        self.sequence = sequence
    }
}
