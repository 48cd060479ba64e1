internal import Glibc

/// What the file system says of a regular file.
package struct FileStatus: Hashable, Sendable {
    package var bytes: UInt64
    /// Seconds after the epoch at which its contents last changed.
    package var modified: Int

    /// Looks at a path without following a symbolic link; nil where no regular file is there.
    package init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        bytes = UInt64(max(0, status.st_size))
        modified = status.st_mtim.tv_sec
    }
}
