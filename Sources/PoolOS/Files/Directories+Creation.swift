internal import Glibc
package import PoolModel

extension Directories {
    /// Makes the runtime and the state directory where they do not exist, and checks those that do.
    ///
    /// Root's are 0750, other users' 0700. A directory that somebody else could write to is refused, because sockets
    /// and state in it could be replaced: one that is neither ours nor root's, and one that all users or another group
    /// than our own may write to.
    package func create() throws(PoolError) {
        let mode: UInt32 = geteuid() == 0 ? 0o750 : 0o700
        try Directories.create(runtime, mode: mode, option: "--runtime-dir")
        try Directories.create(state, mode: mode, option: "--state-dir")
        for socket in [controlSocket, probeSocket] where socket.utf8.count > Address.pathBytesMax {
            throw PoolError(
                .invalidArgument,
                "\(socket) is longer than the \(Address.pathBytesMax) bytes of a socket's path",
                remedy: "choose a shorter --runtime-dir"
            )
        }
    }

    /// Lets workers that run as other users reach their sockets below the runtime directory, without listing it.
    package func openRuntimeToWorkers() throws(SystemError) {
        try syscall("chmod", on: runtime) { chmod(runtime, 0o751) }
    }

    /// Makes one directory and those above it, and checks it.
    package static func create(_ path: String, mode: UInt32, option: String) throws(PoolError) {
        guard path.hasPrefix("/") else {
            throw PoolError(.invalidArgument, "\(path) is not an absolute path", remedy: "give \(option) one")
        }
        let problem: (what: String, remedy: String)?
        do throws(SystemError) {
            try make(path, mode: mode)
            problem = try openness(of: path)
        } catch {
            throw PoolError(
                error.code == EACCES || error.code == EPERM ? .permissionDenied : .unavailable,
                "cannot use the directory \(path): \(error)",
                remedy: "choose another one with \(option)"
            )
        }
        if let problem {
            throw PoolError(
                .permissionDenied,
                "cannot use the directory \(path): \(problem.what)",
                remedy: "\(problem.remedy), or choose another one with \(option)"
            )
        }
    }

    private static func make(_ path: String, mode: UInt32) throws(SystemError) {
        if mkdir(path, mode) == 0 {
            // The umask may have taken bits away.
            try syscall("chmod", on: path) { chmod(path, mode) }
            return
        }
        if errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemError("mkdir", on: path, code: errno)
        }
        try make(String(path[..<slash]), mode: mode | 0o055)
        try syscall("mkdir", on: path) { mkdir(path, mode) }
        try syscall("chmod", on: path) { chmod(path, mode) }
    }

    /// By what somebody else could replace what is in a directory, and what to do about it; nil where nobody could.
    ///
    /// - Throws: where it is no directory, or not for us to write to.
    private static func openness(of path: String) throws(SystemError) -> (what: String, remedy: String)? {
        var status = stat()
        try syscall("stat", on: path) { stat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError("open", on: path, code: ENOTDIR) }
        try syscall("access", on: path) { access(path, R_OK | W_OK | X_OK) }
        if status.st_uid != geteuid() && status.st_uid != 0 {
            return ("other users can write to it: it belongs to uid \(status.st_uid)", "chown it")
        }
        if status.st_mode & 0o002 != 0 {
            return ("other users can write to it", "take that right away (chmod o-w)")
        }
        // A group of one's own, as many systems give every user, holds nobody else.
        if status.st_mode & 0o020 != 0, status.st_gid != getegid() {
            return ("the group \(status.st_gid) can write to it", "take that right away (chmod g-w)")
        }
        return nil
    }
}
