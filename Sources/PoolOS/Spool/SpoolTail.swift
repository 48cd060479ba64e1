internal import CPoolOS
internal import Glibc

/// Reads the lines of a spool: a file that a worker appends to, and that is never renamed or reopened.
///
/// Each line is handed over once. What was handed over is given back to the file system by ``discard()`` after the
/// caller has recorded ``offset`` in a ``CheckpointPage`` together with where the lines went; a reader that dies in
/// between reads from the recorded offset again. The worker notices none of it. A line that is not whole yet stays in
/// the file, not in memory.
package final class SpoolTail {
    /// Bytes that must have been read before blocks are given back: each time costs a call.
    private static let discardBytes: UInt64 = 256 << 10
    private static let blockBytes: UInt64 = 4096

    package enum Progress: Hashable, Sendable {
        case caughtUp
        /// There is more than the budget: call again.
        case more
        /// The writer has cut the file below what was handed over. Nothing was read; ``offset`` begins at 0 again and
        /// is to be recorded. Call again.
        case truncated
    }

    package let path: String
    /// Bytes handed over, from the beginning of the file.
    package private(set) var offset: UInt64
    /// The recorded offset lay beyond the end, so the spool had been replaced: reading began at its start.
    package let wasReplaced: Bool
    private let file: FileDescriptor
    private var discarded: UInt64 = 0

    /// Opens the spool, or makes an empty one.
    ///
    /// - Parameter offset: where the recorded reading ended; 0 for a new spool.
    package init(path: String, offset: UInt64 = 0) throws(SystemError) {
        self.path = path
        file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        let size = try SpoolTail.size(of: file, path: path)
        wasReplaced = offset > size
        self.offset = wasReplaced ? 0 : offset
    }

    /// A descriptor for a worker's output: every write goes to the end, whole.
    package func makeWriter() throws(SystemError) -> FileDescriptor {
        try FileDescriptor.open(path, O_WRONLY | O_APPEND | O_NOFOLLOW)
    }

    /// Bytes that were written and not handed over yet.
    package func backlog() throws(SystemError) -> UInt64 {
        let size = try SpoolTail.size(of: file, path: path)
        return size > offset ? size - offset : 0
    }

    /// Hands over the lines that are whole, without their line feeds.
    ///
    /// - Parameters:
    ///   - buffer: working room, shared by all tails of a thread; its size is the most that one round reads.
    ///   - lineBytesMax: a longer line comes in parts, all but the last marked as continued.
    ///   - budget: bytes to read at most, to be fair to other tails.
    ///   - isFinal: the writer has ended, so a last line without a line feed is whole.
    ///   - body: the bytes are valid during the call only.
    package func read(
        buffer: inout [UInt8],
        lineBytesMax: Int,
        budget: Int = 1 << 20,
        isFinal: Bool = false,
        _ body: (_ line: UnsafeBufferPointer<UInt8>, _ isContinued: Bool) -> Void
    ) throws(SystemError) -> Progress {
        precondition(lineBytesMax > 0 && buffer.count > lineBytesMax, "a buffer of \(buffer.count) bytes")
        var taken = 0
        while taken < budget {
            let wanted = buffer.count
            let count = try syscall("read", on: path) {
                buffer.withUnsafeMutableBytes { pread(file.raw, $0.baseAddress, $0.count, off_t(offset)) }
            }
            // A worker can cut the file that is its output, as `: > /dev/stdout` does.
            if count == 0, taken == 0, try SpoolTail.size(of: file, path: path) < offset {
                (offset, discarded) = (0, 0)
                return .truncated
            }
            let used = buffer.withUnsafeBufferPointer { buffer in
                SpoolTail.split(
                    UnsafeBufferPointer(rebasing: buffer.prefix(count)),
                    lineBytesMax: lineBytesMax,
                    isFinal: isFinal && count < wanted,
                    body
                )
            }
            offset += UInt64(used)
            taken += used
            if count < wanted { return .caughtUp }
        }
        return .more
    }

    /// Gives the blocks of what was handed over back to the file system; the file keeps its size.
    ///
    /// Call it after the offset is recorded.
    /// - Throws: EOPNOTSUPP where the file system cannot: the spool then grows until ``reset()``.
    package func discard(force: Bool = false) throws(SystemError) {
        let end = offset / SpoolTail.blockBytes * SpoolTail.blockBytes
        guard end > discarded, force || end - discarded >= SpoolTail.discardBytes else { return }
        try syscall("fallocate", on: path) { pool_punch_hole(file.raw, Int64(discarded), Int64(end - discarded)) }
        discarded = end
    }

    /// Empties a spool of which everything was handed over, before a new writer gets it. Nobody may be writing to it.
    ///
    /// The offset begins at 0 again, and is to be recorded before the writer starts.
    package func reset() throws(SystemError) {
        try syscall("ftruncate", on: path) { ftruncate(file.raw, 0) }
        offset = 0
        discarded = 0
    }

    private static func size(of file: FileDescriptor, path: String) throws(SystemError) -> UInt64 {
        var status = stat()
        try syscall("fstat", on: path) { fstat(file.raw, &status) }
        return UInt64(max(0, status.st_size))
    }

    /// Hands over the lines in the bytes; returns how many bytes those were.
    private static func split(
        _ bytes: UnsafeBufferPointer<UInt8>,
        lineBytesMax: Int,
        isFinal: Bool,
        _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
    ) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var start = 0
        while start < bytes.count {
            let room = min(bytes.count - start, lineBytesMax + 1)
            if let found = memchr(base + start, 0x0a, room) {
                let length = UnsafeRawPointer(found) - UnsafeRawPointer(base + start)
                body(UnsafeBufferPointer(start: base + start, count: length), false)
                start += length + 1
            } else if room > lineBytesMax {
                body(UnsafeBufferPointer(start: base + start, count: lineBytesMax), true)
                start += lineBytesMax
            } else if isFinal {
                body(UnsafeBufferPointer(start: base + start, count: room), false)
                start += room
            } else {
                break
            }
        }
        return start
    }
}
