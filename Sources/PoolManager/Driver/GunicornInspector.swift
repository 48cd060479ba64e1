internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// Tells what a process is to gunicorn, and when it last gave a sign of life, from /proc alone.
///
/// gunicorn's workers each hold a nameless file, whose time they set to the monotonic clock's as a heartbeat; their
/// master holds the files of all of them. That is so in every version, and asks nothing of gunicorn: its control
/// socket, which newer ones have, says the same, but may be switched off, and its path is the profile's.
enum GunicornInspector {
    /// Descriptors of one process that are looked at. Beyond: what it is stays unknown.
    private static let descriptorsMax: UInt64 = 1024

    private struct Heartbeat: Hashable {
        var device: UInt64
        var inode: UInt64
        /// Seconds; the wall clock's until the first sign of life.
        var at: Double

        var file: [UInt64] { [device, inode] }
    }

    /// - Parameter tree: each process below its parent.
    static func mark(_ tree: inout [WorkerProcess]) {
        // One that is alone has no workers.
        guard tree.count > 1 else { return }
        let held = tree.map { heartbeats(of: $0.pid) }
        guard held.contains(where: { !$0.isEmpty }) else { return }
        // gunicorn's clock, which stands still while the machine sleeps.
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        for index in tree.indices where !held[index].isEmpty {
            let parent = tree[..<index].lastIndex { $0.depth < tree[index].depth }
            let shared = held[index].first { mine in
                parent.map { held[$0].contains { $0.file == mine.file } } ?? false
            }
            guard let shared else {
                tree[index].gunicorn = GunicornProcess(role: .master)
                continue
            }
            // A clock that runs since the machine's start is behind the file's first time, which is the wall's.
            let age = now - shared.at
            tree[index].gunicorn = GunicornProcess(
                role: age < -1 ? .booting : .worker,
                heartbeatSeconds: age < -1 ? nil : max(0, age)
            )
        }
    }

    private static func heartbeats(of pid: Int32) -> [Heartbeat] {
        guard let directory = opendir("/proc/\(pid)/fd") else { return [] }
        defer { closedir(directory) }
        var found: [Heartbeat] = []
        var looked: UInt64 = 0
        while let entry = readdir(directory), looked < descriptorsMax {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int32(name) != nil else { continue }
            looked += 1
            let path = "/proc/\(pid)/fd/\(name)"
            var target = [CChar](repeating: 0, count: 512)
            let count = readlink(path, &target, target.count)
            guard count > 0 else { continue }
            let text = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.contains("/wgunicorn-"), text.hasSuffix(" (deleted)") else { continue }
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            let at = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
            found.append(Heartbeat(device: UInt64(status.st_dev), inode: UInt64(status.st_ino), at: at))
        }
        return found
    }
}
