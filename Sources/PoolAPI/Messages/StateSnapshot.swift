package import PoolModel

/// `GET /v1/state`: all that a dashboard shows, at one instant; the first record of the stream.
package struct StateSnapshot: Hashable, Sendable, Codable {
    /// The last event that this includes: `GET /v1/events?after=` goes on from here.
    package var sequence: UInt64
    package var at: Timestamp
    package var pools: [PoolSnapshot]
    /// Those that are not finished, and those that finished within the last seconds; the newest first.
    package var operations: [Operation]

    package init(sequence: UInt64, at: Timestamp, pools: [PoolSnapshot], operations: [Operation]) {
        self.sequence = sequence
        self.at = at
        self.pools = pools
        self.operations = operations
    }
}
