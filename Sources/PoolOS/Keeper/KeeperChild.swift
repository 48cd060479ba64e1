package import PoolModel

/// A process that the keeper started at a manager's request.
package struct KeeperChild: Hashable, Sendable {
    package var process: ProcessIdentity
    /// What the manager called it: opaque to the keeper.
    package var tag: String
    /// nil while it runs.
    package var end: KeeperExit?

    package init(process: ProcessIdentity, tag: String, end: KeeperExit? = nil) {
        self.process = process
        self.tag = tag
        self.end = end
    }
}

/// How and when a child ended, and what it had used.
package struct KeeperExit: Hashable, Sendable {
    package var reason: ExitReason
    package var at: Timestamp
    /// CPU time of the process and of those of its children that it had waited for, in microseconds.
    package var cpuMicroseconds: UInt64
    /// The most memory that it had resident at once, in KiB.
    package var residentKiBMax: UInt64

    package init(reason: ExitReason, at: Timestamp, cpuMicroseconds: UInt64, residentKiBMax: UInt64) {
        self.reason = reason
        self.at = at
        self.cpuMicroseconds = cpuMicroseconds
        self.residentKiBMax = residentKiBMax
    }
}
