package import PoolModel

/// What the daemon says of itself.
package struct DaemonIdentity: Hashable, Sendable {
    /// The manager's own process.
    package var pid: Int32
    package var keeperPid: Int32?
    package var startedAt: Timestamp
    package var runtimeDirectory: String
    package var stateDirectory: String

    package init(
        pid: Int32,
        keeperPid: Int32?,
        startedAt: Timestamp,
        runtimeDirectory: String,
        stateDirectory: String
    ) {
        self.pid = pid
        self.keeperPid = keeperPid
        self.startedAt = startedAt
        self.runtimeDirectory = runtimeDirectory
        self.stateDirectory = stateDirectory
    }
}
