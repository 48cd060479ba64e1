internal import Glibc
internal import PoolModel

/// A worker's log file: appended to, rotated by size, cut back to what is known to be whole.
///
/// `example_1.log` is the current file, `example_1.log.1` or `example_1.log.1.gz` the one before it, and so on.
final class LogFile {
    var path: String
    private let renames: LogRenames
    private var descriptor: Int32 = -1
    /// Bytes of the current file; what a checkpoint remembers.
    private(set) var size: UInt64 = 0

    /// - Parameter path: of the current file; its directory exists.
    /// - Parameter renames: shared with whoever else gives these files other names.
    init(path: String, renames: LogRenames = LogRenames()) {
        self.path = path
        self.renames = renames
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens the file and cuts off what was written after the checkpoint: it will be written again from the spool.
    ///
    /// A file shorter than the checkpoint was rotated after it; all of it is kept.
    /// - Throws: the errno of the step that failed.
    func open(wholeBytes: UInt64?) throws(LogFileError) {
        if descriptor >= 0 { close(descriptor) }
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw LogFileError(path: path, errno: errno) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw LogFileError(path: path, errno: errno) }
        size = UInt64(end)
        if let wholeBytes, wholeBytes < size {
            guard ftruncate(descriptor, off_t(wholeBytes)) == 0 else { throw LogFileError(path: path, errno: errno) }
            size = wholeBytes
        }
    }

    /// Opens a file that is only read.
    func openReading() throws(LogFileError) {
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw LogFileError(path: path, errno: errno) }
        size = UInt64(max(0, lseek(descriptor, 0, SEEK_END)))
    }

    /// Appends whole records, all or nothing: after a failure (a full disk) the file ends where it ended before.
    func append(_ bytes: [UInt8]) throws(LogFileError) {
        if descriptor < 0 { try open(wholeBytes: nil) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = count < 0 ? errno : ENOSPC
                if done > 0 { _ = ftruncate(descriptor, off_t(size)) }
                throw LogFileError(path: path, errno: code)
            }
            done += count
        }
        size += UInt64(bytes.count)
    }

    /// Makes the current file number 1, moves the older ones on and removes what is beyond the limit.
    ///
    /// - Parameter removing: told of a file that is about to be removed.
    func rotate(filesMax: Int, removing: (String) -> Void = { _ in }) throws(LogFileError) {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        renames.exclusively {
            let forms = ["", LogFileName.compressed]
            let last = filesMax > 0 ? forms.map { "\(path).\(filesMax)\($0)" } : [path]
            for file in last where access(file, F_OK) == 0 {
                removing(file)
                unlink(file)
            }
            for number in stride(from: filesMax - 1, through: 1, by: -1) {
                for form in forms { rename("\(path).\(number)\(form)", "\(path).\(number + 1)\(form)") }
            }
            if filesMax > 0 { rename(path, "\(path).1") }
        }
        try open(wholeBytes: nil)
    }

    /// Whether there is a file before the current one.
    var hasRotated: Bool { ["", LogFileName.compressed].contains { access("\(path).1\($0)", F_OK) == 0 } }

    /// The last bytes of the current file, beginning with a whole record; empty where there is none.
    func tail(bytesMax: Int) -> [UInt8] {
        guard descriptor >= 0, size > 0 else { return [] }
        let wanted = min(UInt64(bytesMax), size)
        let start = size - wanted
        var bytes = [UInt8](repeating: 0, count: Int(wanted))
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(start)) }
        guard count > 0 else { return [] }
        bytes.removeLast(bytes.count - count)
        guard start > 0 else { return bytes }
        guard let lineFeed = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return [] }
        return Array(bytes[(lineFeed + 1)...])
    }
}

/// A log file could not be opened, cut or written.
struct LogFileError: Error, Equatable, CustomStringConvertible {
    var path: String
    var errno: Int32

    var description: String { "\(path): \(String(cString: strerror(errno)))" }
}
