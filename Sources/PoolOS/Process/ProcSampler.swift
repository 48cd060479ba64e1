internal import Glibc
package import PoolModel

/// Samples what one process uses, through files of /proc that stay open: safe against reuse of the pid, and cheap.
package final class ProcSampler {
    package struct Sample: Hashable, Sendable {
        /// CPU time since the process started, user and system, all threads, to the nanosecond.
        package var cpu: Duration
        package var residentBytes: UInt64
        package var threads: Int
        /// nil where we may not look (another user's process, and we are not root).
        package var fileDescriptors: Int?
        /// Read from and written to the storage; nil where we may not look.
        package var readBytes: UInt64?
        package var writtenBytes: UInt64?
    }

    package let process: ProcessIdentity
    private let stat: FileDescriptor
    private let io: FileDescriptor?
    private let descriptors: FileDescriptor?
    private let cpuClock: clockid_t?
    private var buffer = [UInt8](repeating: 0, count: 1024)

    /// - Throws: ESRCH or ENOENT where the process is gone, or its pid belongs to another by now.
    package init(_ process: ProcessIdentity) throws(SystemError) {
        self.process = process
        let directory = "/proc/\(process.pid)"
        stat = try FileDescriptor.open("\(directory)/stat", O_RDONLY)
        io = try? FileDescriptor.open("\(directory)/io", O_RDONLY)
        descriptors = try? FileDescriptor.open("\(directory)/fd", O_RDONLY | O_DIRECTORY)
        var clock = clockid_t()
        cpuClock = clock_getcpuclockid(process.pid, &clock) == 0 ? clock : nil
        guard try entry().startTicks == process.startTicks else {
            throw SystemError("open", on: directory, code: ESRCH)
        }
    }

    /// - Throws: ESRCH once the process is gone; also where another has its pid.
    ///
    /// - Parameter countsStorage: whether `readBytes` and `writtenBytes` are read: a third of the cost.
    package func sample(countsStorage: Bool = true) throws(SystemError) -> Sample {
        // The clock goes by the pid; the file, read after it, proves that the pid was still the process's.
        let precise = cpuTime()
        let entry = try entry()
        let io = countsStorage ? ioCounts() : nil
        return Sample(
            cpu: precise ?? .nanoseconds(Int64(entry.cpuTicks) * (1_000_000_000 / ProcSampler.ticksPerSecond)),
            residentBytes: entry.residentPages * ProcSampler.pageBytes,
            threads: entry.threads,
            fileDescriptors: descriptorCount(),
            readBytes: io?.read,
            writtenBytes: io?.written
        )
    }

    private static let ticksPerSecond = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    private static let pageBytes = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

    private func cpuTime() -> Duration? {
        var time = timespec()
        guard let cpuClock, clock_gettime(cpuClock, &time) == 0 else { return nil }
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    private func entry() throws(SystemError) -> ProcessEntry {
        guard let entry = ProcessEntry(try contents(of: stat)) else {
            throw SystemError("read", on: "/proc/\(process.pid)/stat", code: ESRCH)
        }
        return entry
    }

    private func contents(of file: FileDescriptor) throws(SystemError) -> ArraySlice<UInt8> {
        let count = try syscall("read", on: "/proc/\(process.pid)") {
            buffer.withUnsafeMutableBytes { pread(file.raw, $0.baseAddress, $0.count, 0) }
        }
        return buffer[..<count]
    }

    /// The kernel counts the descriptors for stat: no need to list the directory (Linux 6.2; before, the size is 0).
    private func descriptorCount() -> Int? {
        var status = Glibc.stat()
        guard let descriptors, fstat(descriptors.raw, &status) == 0, status.st_size > 0 else { return nil }
        return Int(status.st_size)
    }

    private func ioCounts() -> (read: UInt64, written: UInt64)? {
        guard let io, let text = try? contents(of: io) else { return nil }
        var read: UInt64?
        var written: UInt64?
        for line in text.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: "read_bytes: ".utf8) {
                read = UInt64(String(decoding: line.dropFirst(12), as: UTF8.self))
            } else if line.starts(with: "write_bytes: ".utf8) {
                written = UInt64(String(decoding: line.dropFirst(13), as: UTF8.self))
            }
        }
        guard let read, let written else { return nil }
        return (read, written)
    }
}
