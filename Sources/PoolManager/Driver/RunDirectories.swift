internal import Glibc
internal import PoolModel
internal import PoolOS

/// The pools' own runtime directories, which their workers may write to: made, and given to the worker's user, before
/// a process of a profile is started that has another user than the one before.
///
/// All state is the manager thread's.
final class RunDirectories {
    private struct Owner: Hashable {
        var user: String?
        var group: String?
    }

    private let directories: Directories
    private var owners: [String: Owner] = [:]

    init(_ directories: Directories) { self.directories = directories }

    /// Makes a pool's directory what its workers need.
    ///
    /// A user that does not exist is left for the start to complain about, which names the place.
    func prepare(_ spec: PoolSpec) throws(SystemError) {
        let owner = Owner(user: spec.worker.user, group: spec.worker.group)
        guard owners[spec.name] != owner else { return }
        let path = "\(directories.runtime)/\(spec.name)"
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw SystemError("mkdir", on: path, code: errno) }
        if let user = owner.user {
            guard let (_, ids) = try? UserDatabase.credentials(user: user, group: owner.group) else { return }
            try syscall("chown", on: path) { lchown(path, ids.userID, ids.groupID) }
            try directories.openRuntimeToWorkers()
        } else if owners[spec.name]?.user != nil {
            // Whoever it belonged to must not replace the sockets of those that come now.
            try syscall("chown", on: path) { lchown(path, geteuid(), getegid()) }
        }
        owners[spec.name] = owner
    }
}
