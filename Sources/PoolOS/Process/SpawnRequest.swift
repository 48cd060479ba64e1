/// Everything about a process that is to be started, except the descriptors that it gets.
package struct SpawnRequest: Hashable, Sendable {
    package enum Session: UInt8, Hashable, Sendable, CaseIterable {
        /// Stays in the process group of its parent.
        case inherited = 0
        /// A process group of its own, so that signals can reach its children too.
        case group = 1
        /// A session of its own. On a busy machine the kernel schedules a new session late (autogroup): not the default.
        case session = 2
    }

    /// Whose rights the process gets; all three are set, in the order groups, group, user.
    package struct Credentials: Hashable, Sendable {
        package var userID: UInt32
        package var groupID: UInt32
        /// The supplementary groups.
        package var groups: [UInt32]

        package init(userID: UInt32, groupID: UInt32, groups: [UInt32]) {
            self.userID = userID
            self.groupID = groupID
            self.groups = groups
        }
    }

    /// A path, or a name without a slash that is looked up in the PATH of ``environment``.
    package var executable: String
    /// argv, its first element included.
    package var arguments: [String]
    /// `NAME=value` entries; the whole environment of the process. `LISTEN_PID` and `POOL_PID` get the process's own pid.
    package var environment: [String]
    /// nil keeps the parent's.
    package var directory: String?
    package var umask: UInt16?
    package var session = Session.group
    package var credentials: Credentials?
    package var limits: [ResourceLimit] = []
    package var nice: Int32?
    /// -1000...1000; lowering it takes a privilege.
    package var oomScoreAdjustment: Int32?
    /// Whether what is left of its process group is killed when it has ended, so that no child of it goes on holding
    /// its sockets. Done by the keeper; means nothing without ``Session/group`` or ``Session/session``.
    package var killsGroupAtEnd = true

    package init(executable: String, arguments: [String], environment: [String]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}

/// A descriptor that a new process gets, and under which number. Without one, 0, 1 and 2 are `/dev/null`.
package struct SpawnDescriptor: Sendable {
    package var target: Int32
    package var file: FileDescriptor

    package init(_ file: FileDescriptor, as target: Int32) {
        self.target = target
        self.file = file
    }
}
