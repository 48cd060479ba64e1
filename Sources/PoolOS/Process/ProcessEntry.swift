internal import CPoolOS
internal import Glibc
package import PoolModel

/// What `/proc/PID/stat` says of a process.
package struct ProcessEntry: Hashable, Sendable {
    /// R, S, D, Z (ended, not reaped) …
    package var state: UInt8
    package var parent: Int32
    package var processGroup: Int32
    /// User and system time in clock ticks.
    package var cpuTicks: UInt64
    package var threads: Int
    /// Clock ticks after boot.
    package var startTicks: UInt64
    package var residentPages: UInt64

    /// Reads the line; nil where it is none.
    package init?(_ line: some Collection<UInt8>) {
        // The name may hold spaces and parentheses: what follows the last one is in fixed order.
        let bytes = Array(line)
        guard let parenthesis = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(parenthesis + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 23)
        guard fields.count > 22, let state = fields[0].first else { return nil }
        /// By the numbers of proc(5), of which the state is number 3.
        func number(_ field: Int) -> Int64 {
            var value: Int64 = 0
            for byte in fields[field - 3] where byte >= 48 && byte <= 57 { value = value &* 10 &+ Int64(byte - 48) }
            return value
        }
        self.state = state
        parent = Int32(truncatingIfNeeded: number(4))
        processGroup = Int32(truncatingIfNeeded: number(5))
        cpuTicks = UInt64(number(14) &+ number(15))
        threads = Int(number(20))
        startTicks = UInt64(number(22))
        residentPages = UInt64(number(24))
    }

    /// The entry of a process; ESRCH or ENOENT where there is none.
    package static func of(pid: Int32) throws(SystemError) -> ProcessEntry {
        let path = "/proc/\(pid)/stat"
        let file = try FileDescriptor.open(path, O_RDONLY)
        guard let entry = ProcessEntry(try file.contents(bytesMax: 8192, name: path)) else {
            throw SystemError("read", on: path, code: EPROTO)
        }
        return entry
    }
}

extension ProcessIdentity {
    /// Reads the identity of a process that runs now, or has ended and is not reaped.
    package static func of(pid: Int32) throws(SystemError) -> ProcessIdentity {
        ProcessIdentity(pid: pid, startTicks: try ProcessEntry.of(pid: pid).startTicks)
    }

    /// This process.
    package static func current() throws(SystemError) -> ProcessIdentity { try of(pid: getpid()) }

    /// Whether the very process still runs; one that has ended but is not reaped does not.
    package var isRunning: Bool {
        guard let entry = try? ProcessEntry.of(pid: pid) else { return false }
        return entry.startTicks == startTicks && entry.state != UInt8(ascii: "Z") && entry.state != UInt8(ascii: "X")
    }

    /// Opens a descriptor that stands for the very process and none after it.
    ///
    /// - Throws: ESRCH where it is gone, or its pid belongs to another process by now.
    package func open() throws(SystemError) -> FileDescriptor {
        let file = FileDescriptor(adopting: try syscall("pidfd_open", on: description) { pool_pidfd_open(pid) })
        // Looked at after opening: what the descriptor stands for cannot change any more.
        guard try ProcessEntry.of(pid: pid).startTicks == startTicks else {
            throw SystemError("pidfd_open", on: description, code: ESRCH)
        }
        return file
    }

    /// Duplicates one of the process's descriptors; nil where there is none, or we may not.
    package func descriptor(_ number: Int32) -> FileDescriptor? {
        (try? open()).flatMap { ProcessIdentity.descriptor(number, behind: $0) }
    }

    static func descriptor(_ number: Int32, behind pidfd: FileDescriptor) -> FileDescriptor? {
        let raw = pool_pidfd_getfd(pidfd.raw, number)
        return raw >= 0 ? FileDescriptor(adopting: raw) : nil
    }

    /// Sends a signal to the very process.
    package func send(signal: Int32) throws(SystemError) {
        let file = try open()
        try syscall("pidfd_send_signal", on: description) { pool_pidfd_send_signal(file.raw, signal) }
    }
}
