package import PoolModel

/// What a manager is started with.
package struct ManagerOptions: Sendable {
    package var directories: Directories
    /// Absolute paths of profiles or directories of them, in the order in which they were given.
    package var profiles: [String]

    package init(directories: Directories, profiles: [String]) {
        self.directories = directories
        self.profiles = profiles
    }
}
