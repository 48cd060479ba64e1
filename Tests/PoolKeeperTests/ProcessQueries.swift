internal import Glibc
internal import PoolModel
internal import PoolOS

/// The children of a process.
func children(of pid: Int32) throws -> [Int32] {
    let path = "/proc/\(pid)/task/\(pid)/children"
    let bytes = try FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 1 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
}

/// How many children of a process have that command line and are not the leaders of a group that it made.
func sessionsBelow(_ pid: Int32, of command: String) throws -> Int {
    try children(of: pid).filter { child in
        let path = "/proc/\(child)/cmdline"
        guard let bytes = try? FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 4096) else { return false }
        let line = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        return line == command && getsid(child) == child
    }.count
}

func descriptorCount(of pid: Int32) throws -> Int {
    var status = stat()
    try syscall("stat") { stat("/proc/\(pid)/fd", &status) }
    return Int(status.st_size)
}

/// Looks again until it is true, or ten seconds have passed: for what only /proc tells.
func eventually(_ isTrue: () throws -> Bool) async throws {
    let deadline = MonotonicClock.now + .seconds(10)
    while try !isTrue() {
        if MonotonicClock.now > deadline { throw KeeperHarness.Failure(description: "still not true after 10 s") }
        await Task.yield()
    }
}
