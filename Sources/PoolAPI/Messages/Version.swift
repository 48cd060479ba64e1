package import PoolModel

/// `GET /v1/version`.
package struct VersionReply: Hashable, Sendable, Codable {
    /// The daemon's version: ``APIVersion/product``.
    package var version: String
    /// The interface's version: ``APIVersion/current``.
    package var api: Int
    /// The manager's process.
    package var pid: Int32
    /// The process that the user started; nil where the manager runs without a keeper.
    package var keeperPid: Int32?
    package var startedAt: Timestamp
    package var runtimeDirectory: String
    package var stateDirectory: String
    /// What the asking client may do.
    package var access: AccessLevel

    package init(
        version: String = APIVersion.product,
        api: Int = APIVersion.current,
        pid: Int32,
        keeperPid: Int32?,
        startedAt: Timestamp,
        runtimeDirectory: String,
        stateDirectory: String,
        access: AccessLevel
    ) {
        self.version = version
        self.api = api
        self.pid = pid
        self.keeperPid = keeperPid
        self.startedAt = startedAt
        self.runtimeDirectory = runtimeDirectory
        self.stateDirectory = stateDirectory
        self.access = access
    }
}
