internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import PoolOS

/// One pool's access log as one loop writes it: lines gather in memory and go to the file when the memory is full, and
/// at least once a second.
///
/// All loops append to one file (O_APPEND): lines of different loops mix, but never within a line, because every write
/// ends at the end of one. What the disk does not take is dropped and counted; no request waits for it.
final class AccessLogFile {
    // State: the loop's.

    /// Bytes that gather before they are written.
    static let bufferBytes = 128 << 10

    let spec: AccessLogSpec
    let format: AccessLog
    private let path: String
    private let buffer: UnsafeMutablePointer<UInt8>
    private var used = 0
    private var lines: UInt64 = 0
    private var file: FileDescriptor?
    /// Lines that were lost since the last call of ``takeDropped()``.
    private var dropped: UInt64 = 0

    /// nil where the format is invalid, which the profile's check says, or a line would not fit.
    init?(_ spec: AccessLogSpec, path: String) {
        guard let format = try? AccessFormat(spec.format) else { return nil }
        self.spec = spec
        self.path = path
        self.format = AccessLog(format)
        guard self.format.lineBytesMax <= AccessLogFile.bufferBytes else { return nil }
        buffer = .allocate(capacity: AccessLogFile.bufferBytes)
        reopen()
    }

    deinit {
        flush()
        buffer.deallocate()
    }

    var isEmpty: Bool { used == 0 }

    /// Writes a line, for now into memory.
    func write(_ record: AccessRecord, request: UnsafeBufferPointer<UInt8>, response: UnsafeBufferPointer<UInt8>) {
        if used + format.lineBytesMax > AccessLogFile.bufferBytes { flush() }
        used += format.write(record, request: request, response: response, to: buffer + used)
        lines += 1
    }

    /// Hands what has gathered to the kernel.
    func flush() {
        guard used > 0 else { return }
        if file == nil { reopenFile() }
        let written = file.map { Glibc.write($0.raw, buffer, used) } ?? -1
        if written < 0 {
            dropped += lines
        } else if written < used {
            // A full disk takes a part: what follows must not continue a torn line.
            let lost = UnsafeBufferPointer(start: buffer + written, count: used - written).reduce(0) {
                $0 + ($1 == 10 ? 1 : 0)
            }
            dropped += UInt64(lost)
            if let file { _ = Glibc.write(file.raw, "\n", 1) }
        }
        used = 0
        lines = 0
    }

    /// Goes on in the file that has the name now: after a rotation, in a new one.
    func reopen() {
        flush()
        reopenFile()
    }

    private func reopenFile() {
        file = nil
        do throws(SystemError) {
            file = try open()
        } catch {
            guard error.code == ENOENT else { return }
            makeDirectories()
            file = try? open()
        }
    }

    private func open() throws(SystemError) -> FileDescriptor {
        try FileDescriptor.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o640)
    }

    /// The directories of the path that are missing, as `mkdir -p` makes them.
    private func makeDirectories() {
        for place in path.indices.dropFirst() where path[place] == "/" { mkdir(String(path[..<place]), 0o750) }
    }

    func takeDropped() -> UInt64 {
        let count = dropped
        dropped = 0
        return count
    }
}

/// The access logs of a loop, by pool.
struct AccessLogs {
    private var files: [String: AccessLogFile] = [:]
    private let directory: String?

    /// - Parameter directory: where logs without a path of their own go: `<directory>/<pool>/logs/access.log`.
    init(directory: String?) { self.directory = directory }

    /// Opens, keeps and closes logs as the tables say.
    mutating func configure(_ tables: [PoolTable]) {
        var kept: [String: AccessLogFile] = [:]
        for table in tables {
            guard let spec = table.front.accessLog else { continue }
            if let known = files[table.name], known.spec == spec {
                kept[table.name] = known
            } else if let path = spec.path ?? directory.map({ "\($0)/\(table.name)/logs/access.log" }) {
                kept[table.name] = AccessLogFile(spec, path: path)
            }
        }
        files = kept
    }

    func file(of pool: String) -> AccessLogFile? { files[pool] }

    var isEmpty: Bool { files.isEmpty }

    var hasLines: Bool { files.values.contains { !$0.isEmpty } }

    /// Writes what has gathered; returns the lines lost.
    func flush() -> UInt64 {
        files.values.reduce(0) {
            $1.flush()
            return $0 + $1.takeDropped()
        }
    }

    func reopen() { files.values.forEach { $0.reopen() } }
}
