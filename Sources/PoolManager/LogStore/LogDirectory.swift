internal import Glibc
internal import PoolOS

/// The log files of one pool together.
struct LogDirectory {
    let path: String

    /// A file that was rotated: it may be removed, unlike the current ones.
    private struct Rotated {
        var path: String
        var status: FileStatus
    }

    /// Removes rotated files, the oldest first, until all files together are within the limit.
    ///
    /// - Parameter removing: told of a file that is about to be removed.
    func trim(to bytesMax: UInt64, removing: (String) -> Void = { _ in }) {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        var total: UInt64 = 0
        var rotated: [Rotated] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // What is being compressed is the text of a file that is counted.
            guard name.contains(".log"), !name.hasSuffix(LogFileName.unfinished),
                let status = FileStatus(path: "\(path)/\(name)")
            else { continue }
            total += status.bytes
            if !name.hasSuffix(".log") { rotated.append(Rotated(path: "\(path)/\(name)", status: status)) }
        }
        rotated.sort { ($0.status.modified, $1.path) < ($1.status.modified, $0.path) }
        for file in rotated where total > bytesMax {
            removing(file.path)
            if unlink(file.path) == 0 { total -= file.status.bytes }
        }
    }
}
