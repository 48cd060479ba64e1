internal import Glibc
internal import PoolModel

/// The file of a unix socket, held as what it is: whoever owns its directory cannot choose what we change.
package struct SocketFile {
    /// O_PATH, which Glibc's module does not export.
    private static let openPath: Int32 = 0o10000000

    private let path: String
    private let file: FileDescriptor

    /// Opens the file that is there now; links are not followed.
    ///
    /// - Throws: ENOENT where there is none, ENOTSOCK where it is not a socket.
    package init(_ path: String) throws(SystemError) {
        self.path = path
        file = try FileDescriptor.open(path, Self.openPath | O_NOFOLLOW)
        var status = stat()
        try syscall("fstat", on: path) { fstat(file.raw, &status) }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("open", on: path, code: ENOTSOCK) }
    }

    package func setMode(_ mode: UInt16) throws(SystemError) {
        try syscall("chmod", on: path) { chmod("/proc/self/fd/\(file.raw)", mode_t(mode)) }
    }

    /// - Parameters: nil keeps what it is.
    package func setOwner(user: UInt32?, group: UInt32?) throws(SystemError) {
        try syscall("chown", on: path) { chown("/proc/self/fd/\(file.raw)", user ?? .max, group ?? .max) }
    }
}
