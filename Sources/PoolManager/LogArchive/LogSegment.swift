internal import Glibc
internal import PoolModel
internal import PoolOS

/// A part of a log file that is read at once: a member of a compressed file, or about as much of a plain one.
struct LogSegment: Hashable {
    var worker: WorkerID
    var path: String
    var file: FileIdentity
    var isCompressed: Bool
    var offset: UInt64
    var bytes: UInt64
    /// The number of the first line, and one that no line is above.
    var first: UInt64
    var last: UInt64
    /// No line is later; nil is not known.
    var latest: Int64?

    /// Bytes of a plain file that are read, and packed, at once.
    static let plainBytes: UInt64 = 1 << 20
    /// Where a segment begins is found within this many bytes: longer than any line.
    private static let probeBytes: UInt64 = (1 << 20) + 4096
}

extension LogSegment {
    /// The parts of a log file, by their place in it; none of what has gone, or is a symbolic link.
    static func list(_ path: String, worker: WorkerID) throws(SystemError) -> [LogSegment] {
        let file: FileDescriptor
        do throws(SystemError) {
            file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch {
            if [ENOENT, ELOOP].contains(error.code) { return [] }
            throw error
        }
        guard let status = FileStatus(file) else { return [] }
        let segment = LogSegment(
            worker: worker,
            path: path,
            file: status.identity,
            isCompressed: path.hasSuffix(LogFileName.compressed),
            offset: 0,
            bytes: status.bytes,
            first: 0,
            last: LogFileRecord.sequenceMax
        )
        return segment.isCompressed ? segment.members(of: file) : segment.parts(of: file)
    }

    private func members(of file: FileDescriptor) -> [LogSegment] {
        var found: [LogSegment] = []
        var offset: UInt64 = 0
        while offset < bytes {
            let header = read(file, at: offset, UInt64(LogMember.headerBytes))
            guard let member = LogMember(header: header), member.bytes <= bytes - offset else { break }
            var segment = self
            segment.offset = offset
            segment.bytes = member.bytes
            segment.first = member.first
            segment.last = member.last
            segment.latest = member.latest
            found.append(segment)
            offset += member.bytes
        }
        return found
    }

    /// A plain file's parts end where a record does.
    func parts(of file: FileDescriptor) -> [LogSegment] {
        var found: [LogSegment] = []
        var begin: UInt64 = 0
        while begin < bytes {
            var segment = self
            segment.offset = begin
            let end = min(bytes, begin + LogSegment.plainBytes)
            let next = end < bytes ? recordStart(in: file, after: end) : bytes
            segment.bytes = next - begin
            segment.first = firstSequence(in: file, at: begin)
            if !found.isEmpty, segment.first > 0 { found[found.count - 1].last = segment.first - 1 }
            found.append(segment)
            begin = next
        }
        return found
    }

    /// Where the first record begins that does so after this place; the end of the file where none does.
    private func recordStart(in file: FileDescriptor, after offset: UInt64) -> UInt64 {
        for length in [4096, LogSegment.probeBytes] {
            let probe = read(file, at: offset, min(length, bytes - offset))
            if let lineFeed = probe.firstIndex(of: UInt8(ascii: "\n")) { return offset + UInt64(lineFeed) + 1 }
        }
        return min(bytes, offset + LogSegment.probeBytes)
    }

    private func firstSequence(in file: FileDescriptor, at offset: UInt64) -> UInt64 {
        let head = read(file, at: offset, min(64, bytes - offset))
        return head.withUnsafeBufferPointer { LogText.sequence(of: $0) } ?? 0
    }

    private func read(_ file: FileDescriptor, at offset: UInt64, _ count: UInt64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: max(1, Int(count))) { buffer, filled in
            filled = max(0, pread(file.raw, buffer.baseAddress, Int(count), off_t(offset)))
        }
    }

    /// The records; nil where the file is no longer the one that was listed, or a member is damaged.
    func text(of file: FileDescriptor) -> [UInt8]? {
        guard FileStatus(file)?.identity == self.file else { return nil }
        let raw = read(file, at: offset, min(bytes, LogMember.bytesMax))
        return isCompressed ? LogMember.unpack(raw) : raw
    }
}
