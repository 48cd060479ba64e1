package import PoolModel

/// What a manager asks of the keeper. Numbers (`id`) are the manager's, and come back in the answer.
package enum KeeperRequest: Hashable, Sendable {
    /// The first message of every manager: answered by `welcome`, then as `list`.
    case hello(version: UInt16)
    /// The descriptors beside the message become `targets`. Answered by `spawned` or `spawnFailed`.
    case spawn(id: UInt64, SpawnRequest, targets: [Int32], tag: String)
    /// Answered by `done`: ESRCH where it has ended.
    case signal(id: UInt64, ProcessIdentity, signal: Int32, asGroup: Bool)
    /// The exit is known: forget the child.
    case acknowledge(ProcessIdentity)
    /// Keep the descriptor beside the message under this name, in place of an older one. Answered by `done`.
    case store(id: UInt64, name: String)
    case drop(name: String)
    /// Answered by a `child` for each, a `descriptor` for each, `listed`.
    case list(id: UInt64)
    /// The daemon works: the command that started it may return.
    case ready
    /// The daemon cannot work: the keeper passes the text on and ends with this code once the manager has ended.
    case failed(code: Int32, message: String)
    /// How long a shutdown may take from now on before the keeper ends it by force.
    case shutdownLimit(milliseconds: UInt64)
    /// What the next manager is started from, in place of the program that this one was: an upgrade.
    case nextManager(executable: String, arguments: [String])
    /// Everything is done: end what is left, then end with this code.
    case finish(code: Int32)
    /// Execute this program as the keeper, in this process; the manager is then ended and followed by one of the new
    /// program. Answered by `done` only where it cannot be. From version 2 on.
    case upgrade(id: UInt64, program: String)
}

/// What the keeper tells a manager.
package enum KeeperNotice: Hashable, Sendable {
    case welcome(KeeperWelcome)
    case child(KeeperChild)
    /// The descriptor is beside the message.
    case descriptor(name: String)
    case listed(id: UInt64)
    case spawned(id: UInt64, ProcessIdentity)
    case spawnFailed(id: UInt64, SpawnFailure)
    /// A child has ended. Told to every new manager again until it is acknowledged.
    case exited(KeeperChild)
    /// Answers `signal` and `store`: 0 or the errno.
    case done(id: UInt64, code: Int32)
    case asked(KeeperDemand)
}

/// What the user asked of the keeper by a signal, for the manager to do.
package enum KeeperDemand: UInt8, Hashable, Sendable, CaseIterable {
    /// TERM or INT: graceful shutdown.
    case stop = 0
    /// HUP: read the profiles again.
    case reload = 1
    /// USR1: open log files again.
    case reopenLogs = 2
}

/// The keeper's answer to a manager's first message.
package struct KeeperWelcome: Hashable, Sendable {
    /// The protocol's version. A keeper outlives upgrades of the manager, so a manager must speak older ones.
    package static let currentVersion: UInt16 = 2
    /// The first one that knows ``KeeperRequest/upgrade(id:program:)``.
    package static let upgradeVersion: UInt16 = 2

    package var version: UInt16
    package var keeper: ProcessIdentity
    /// Which manager of this keeper it is: 1 for the first, one more for each that died.
    package var managerCount: UInt64
    /// A shutdown was asked for and is not done.
    package var isStopping: Bool
    /// Orphans (children of children whose parent died) that the keeper has reaped.
    package var orphanCount: UInt64

    package init(
        version: UInt16,
        keeper: ProcessIdentity,
        managerCount: UInt64,
        isStopping: Bool,
        orphanCount: UInt64
    ) {
        self.version = version
        self.keeper = keeper
        self.managerCount = managerCount
        self.isStopping = isStopping
        self.orphanCount = orphanCount
    }
}
