package import PoolModel

/// What the daemon says of itself.
package struct DaemonIdentity: Hashable, Sendable {
    /// The manager's own process.
    package var pid: Int32
    package var keeper: ProcessIdentity?
    package var startedAt: Timestamp
    package var runtimeDirectory: String
    package var stateDirectory: String

    package init(
        pid: Int32,
        keeper: ProcessIdentity?,
        startedAt: Timestamp,
        runtimeDirectory: String,
        stateDirectory: String
    ) {
        self.pid = pid
        self.keeper = keeper
        self.startedAt = startedAt
        self.runtimeDirectory = runtimeDirectory
        self.stateDirectory = stateDirectory
    }
}
