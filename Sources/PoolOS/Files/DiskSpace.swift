internal import Glibc

/// How much room a file system has.
package enum DiskSpace {
    /// Bytes that we may still write where the path is.
    package static func available(at path: String) throws(SystemError) -> UInt64 {
        var status = statvfs()
        try syscall("statvfs", on: path) { statvfs(path, &status) }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
