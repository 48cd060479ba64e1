internal import PoolAPI
package import PoolCore
package import PoolModel

/// What the state file holds: intent (what people asked for), and numbers that are never used twice.
///
/// Facts (which processes run) come from the keeper, so a lost file costs intent but never doubles a process.
package struct DaemonState: Hashable, Sendable, Codable {
    /// The keeper of the daemon that wrote it: another one's state is of an earlier daemon.
    package var keeper: ProcessIdentity?
    package var eventSequence: UInt64 = 0
    package var logSequence: UInt64 = 0
    package var nextOperation: UInt64 = 1
    package var pools: [Pool] = []
    package var slots: [Slot] = []
    /// The last upgrade of the daemon; nil where there was none, and in older files.
    package var upgrade: Upgrading?

    package init() {}

    package init(
        keeper: ProcessIdentity?,
        eventSequence: UInt64,
        logSequence: UInt64,
        nextOperation: UInt64,
        pools: [Pool],
        slots: [Slot],
        upgrade: Upgrading? = nil
    ) {
        self.keeper = keeper
        self.eventSequence = eventSequence
        self.logSequence = logSequence
        self.nextOperation = nextOperation
        self.pools = pools
        self.slots = slots
        self.upgrade = upgrade
    }

    /// Reads the payload of the state file; nil for what is none.
    package init?(decoding bytes: [UInt8]) {
        guard let state = try? JSONCoding.decode(DaemonState.self, from: bytes) else { return nil }
        self = state
        // No daemon gets there by counting, and none may be made to count beyond the last number.
        nextOperation = min(nextOperation, .max / 2)
    }

    package struct Pool: Hashable, Sendable, Codable {
        package var profilePath: String
        /// Why the last reload was refused.
        package var profileError: String?
        package var state: PoolState
        /// Its profile is gone, and it is being stopped; nil in older files.
        package var isLeaving: Bool?

        package init(profilePath: String, profileError: String? = nil, state: PoolState, isLeaving: Bool? = nil) {
            self.isLeaving = isLeaving
            self.profilePath = profilePath
            self.profileError = profileError
            self.state = state
        }
    }

    package struct Slot: Hashable, Sendable, Codable {
        package var worker: WorkerID
        package var slot: Int

        package init(worker: WorkerID, slot: Int) {
            self.worker = worker
            self.slot = slot
        }
    }
}
