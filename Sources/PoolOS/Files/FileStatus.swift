internal import Glibc

/// What the file system says of a regular file.
package struct FileStatus: Hashable, Sendable {
    package var bytes: UInt64
    /// Seconds after the epoch at which its contents last changed.
    package var modified: Int
    /// Which file it is, whatever its name.
    package var identity: FileIdentity

    /// Looks at a path without following a symbolic link; nil where no regular file is there.
    package init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Looks at an open file.
    package init?(_ file: FileDescriptor) {
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { return nil }
        self.init(status)
    }

    private init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        bytes = UInt64(max(0, status.st_size))
        modified = status.st_mtim.tv_sec
        identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }
}

/// Which file of the machine: the same under every name, another one's after it is gone.
package struct FileIdentity: Hashable, Sendable {
    package var device: UInt64
    package var inode: UInt64
}
