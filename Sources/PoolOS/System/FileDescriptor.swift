internal import Glibc
internal import Synchronization

/// An open file descriptor that belongs to whoever holds this, and is closed when nobody does any more.
///
/// A class, not a move-only value: descriptors live in tables, travel in messages and are captured by handlers.
/// Closing it early leaves -1 behind, so that a late user gets EBADF and never somebody else's file.
package final class FileDescriptor: Sendable {
    private let number: Atomic<Int32>

    /// Takes over an open descriptor.
    package init(adopting raw: Int32) {
        number = Atomic(raw)
    }

    /// The descriptor's number; -1 once closed. Valid only while this object is held.
    package var raw: Int32 { number.load(ordering: .relaxed) }

    /// Closes it now; does nothing the second time.
    package func close() {
        let open = number.exchange(-1, ordering: .relaxed)
        // Linux has closed it whatever close returns: trying again could close somebody else's.
        if open >= 0 { _ = Glibc.close(open) }
    }

    /// Gives the descriptor up without closing it.
    package func release() -> Int32 { number.exchange(-1, ordering: .relaxed) }

    /// A second descriptor of the same open file.
    package func duplicate() throws(SystemError) -> FileDescriptor {
        FileDescriptor(adopting: try syscall("dup") { fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }

    /// Sets whether calls on it wait (the flag belongs to the open file, so to every duplicate too).
    package func setNonBlocking(_ wanted: Bool = true) throws(SystemError) {
        let flags = try syscall("fcntl") { fcntl(raw, F_GETFL) }
        try syscall("fcntl") { fcntl(raw, F_SETFL, wanted ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) }
    }

    /// Sets whether a program that is executed in this process loses the descriptor.
    package func setCloseOnExec(_ wanted: Bool) throws(SystemError) {
        try syscall("fcntl") { fcntl(raw, F_SETFD, wanted ? FD_CLOEXEC : 0) }
    }

    /// Waits until it can be read, or has ended; false where that takes longer.
    package func waitReadable(seconds: Int32) -> Bool {
        var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, seconds * 1000) == 1
    }

    deinit { close() }
}

extension FileDescriptor {
    /// Opens a file; always closed on exec.
    package static func open(
        _ path: String,
        _ flags: Int32,
        mode: UInt32 = 0o640
    ) throws(SystemError) -> FileDescriptor {
        FileDescriptor(adopting: try syscall("open", on: path) { Glibc.open(path, flags | O_CLOEXEC, mode) })
    }

    /// Reads from the start of a file up to its end, or to `bytesMax`, without moving its position.
    ///
    /// - Throws: EFBIG where the file holds more than that.
    package func contents(bytesMax: Int, name: String = "") throws(SystemError) -> [UInt8] {
        var status = stat()
        try syscall("fstat", on: name) { fstat(raw, &status) }
        // One byte more than there should be, so that the first read also finds the end; /proc says 0.
        let expected = min(max(4095, Int(clamping: status.st_size)), bytesMax) + 1
        var bytes: [UInt8] = []
        while true {
            let chunk = try read(at: bytes.count, bytesMax: max(4096, expected - bytes.count), name: name)
            if chunk.isEmpty { return bytes }
            bytes = bytes.isEmpty ? chunk : bytes + chunk
            if bytes.count > bytesMax { throw SystemError("read", on: name, code: EFBIG) }
        }
    }

    private func read(at offset: Int, bytesMax: Int, name: String) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            do throws(SystemError) {
                count = try syscall("read", on: name) { pread(raw, buffer.baseAddress, buffer.count, off_t(offset)) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all of it, however many calls that takes.
    package func writeAll(_ bytes: [UInt8], name: String = "") throws(SystemError) {
        var done = 0
        while done < bytes.count {
            done += try syscall("write", on: name) {
                bytes.withUnsafeBytes { Glibc.write(raw, $0.baseAddress.map { $0 + done }, $0.count - done) }
            }
        }
    }
}
