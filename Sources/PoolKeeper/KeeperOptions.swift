package import PoolModel

/// What a keeper is started with.
package struct KeeperOptions: Sendable {
    package var directories: Directories
    /// The manager's argv, its first element included.
    package var managerArguments: [String]
    /// The manager's program: this one.
    package var managerExecutable = "/proc/self/exe"
    /// A pipe that takes a ``StartReport``: there where the daemon goes into the background.
    package var reportDescriptor: Int32?
    /// A memory file with a ``PoolOS/KeeperHandover``: there where this process was a keeper before, of another program.
    package var handoverDescriptor: Int32?
    /// argv of a keeper with these options, up to its profiles; and those.
    package var keeperArguments: [String] = []
    package var profiles: [String] = []
    /// How long a shutdown may take, until the manager says otherwise.
    package var shutdownLimit = Duration.seconds(120)

    package init(directories: Directories, managerArguments: [String]) {
        self.directories = directories
        self.managerArguments = managerArguments
    }
}
