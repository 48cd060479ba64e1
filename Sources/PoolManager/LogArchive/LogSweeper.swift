internal import Glibc
internal import PoolModel
internal import PoolOS

/// Goes over the log files of one pool: ends what a compressor that was killed has begun, and compresses what is plain.
struct LogSweeper {
    let directory: String
    let pool: String
    let renames: LogRenames

    /// A rotated file that is not compressed.
    private struct Plain {
        var path: String
        var name: LogFileName
        var status: FileStatus
    }

    /// - Throws: where a file could not be compressed; it stays as it was, and the others are compressed all the same.
    func run(compress: Bool) throws(LogFileError) {
        for name in names() where name.hasSuffix(LogFileName.unfinished) {
            unlink("\(directory)/\(name)")
        }
        for plain in plainFiles() { finish(plain) }
        guard compress else { return }
        var tried: Set<FileIdentity> = []
        var failure: LogFileError?
        while let plain = plainFiles().first(where: { !tried.contains($0.status.identity) }) {
            tried.insert(plain.status.identity)
            // A name that is taken is another file's: it was not moved on, and is not to be lost.
            guard FileStatus(path: plain.path + LogFileName.compressed) == nil else { continue }
            do throws(LogFileError) {
                try self.compress(plain)
            } catch {
                failure = failure ?? error
                // Where there is no room, there is none for the next one either.
                if error.errno == ENOSPC || error.errno == EDQUOT { break }
            }
        }
        if let failure { throw failure }
    }

    /// None where they cannot be read now: the next sweep is soon.
    private func names() -> [String] { (try? LogFileName.entries(of: directory)) ?? [] }

    /// The oldest first: they are the next to go.
    private func plainFiles() -> [Plain] {
        names().compactMap { name -> Plain? in
            guard let parsed = LogFileName(name, pool: pool), parsed.number > 0, !parsed.isCompressed,
                let status = FileStatus(path: "\(directory)/\(name)")
            else { return nil }
            return Plain(path: "\(directory)/\(name)", name: parsed, status: status)
        }.sorted { ($0.status.modified, $0.name.number) < ($1.status.modified, -$1.name.number) }
    }

    /// Removes a plain file whose compressed one is whole and has the same lines.
    private func finish(_ plain: Plain) {
        let compressed = plain.path + LogFileName.compressed
        guard let whole = FileStatus(path: compressed)?.bytes else { return }
        guard let members = try? LogSegment.list(compressed, worker: plain.name.worker),
            let parts = try? LogSegment.list(plain.path, worker: plain.name.worker), !parts.isEmpty
        else { return }
        guard members.reduce(0, { $0 + $1.bytes }) == whole, members.map(\.first) == parts.map(\.first) else { return }
        renames.exclusively { if let path = path(of: plain) { _ = unlink(path) } }
    }

    private func compress(_ plain: Plain) throws(LogFileError) {
        let temporary = "\(directory)/\(plain.name.worker)\(LogFileName.unfinished)"
        do throws(SystemError) {
            // Gone or moved on meanwhile: the next sweep finds it.
            guard let source = try? FileDescriptor.open(plain.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
                FileStatus(source)?.identity == plain.status.identity
            else { return }
            defer { unlink(temporary) }
            try pack(source, of: plain, into: temporary)
            try replace(plain, by: temporary)
        } catch {
            throw LogFileError(path: plain.path, errno: error.code)
        }
    }

    /// Writes the compressed file beside, and syncs it.
    private func pack(_ source: FileDescriptor, of plain: Plain, into temporary: String) throws(SystemError) {
        let target = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        var segment = LogSegment(
            worker: plain.name.worker,
            path: plain.path,
            file: plain.status.identity,
            isCompressed: false,
            offset: 0,
            bytes: plain.status.bytes,
            first: 0,
            last: 0
        )
        segment.bytes = FileStatus(source)?.bytes ?? 0
        for part in segment.parts(of: source) {
            guard let text = part.text(of: source), UInt64(text.count) == part.bytes else {
                throw SystemError("read", on: plain.path, code: EIO)
            }
            guard let member = LogMember.pack(text) else { throw SystemError("deflate", on: plain.path, code: ENOMEM) }
            try target.writeAll(member, name: temporary)
        }
        // Trimming goes by the time of the last line, not by that of the compression.
        let time = timespec(tv_sec: plain.status.modified, tv_nsec: 0)
        futimens(target.raw, [time, time])
        try syscall("fsync", on: temporary) { fsync(target.raw) }
    }

    /// Gives the compressed file its name, which may have another number by now, and removes the plain one.
    private func replace(_ plain: Plain, by temporary: String) throws(SystemError) {
        let code = renames.exclusively { () -> Int32? in
            guard let path = path(of: plain), FileStatus(path: path + LogFileName.compressed) == nil else { return nil }
            return rename(temporary, path + LogFileName.compressed) == 0 ? 0 : errno
        }
        guard let code else { return }
        if code != 0 { throw SystemError("rename", on: temporary, code: code) }
        let folder = try FileDescriptor.open(directory, O_RDONLY | O_DIRECTORY)
        try syscall("fsync", on: directory) { fsync(folder.raw) }
        renames.exclusively {
            // The compressed one may have been removed meanwhile, to make room: then this one goes as well.
            if let path = path(of: plain) { _ = unlink(path) }
        }
    }

    /// Where the file is now; nil where it was removed.
    private func path(of plain: Plain) -> String? {
        if FileStatus(path: plain.path)?.identity == plain.status.identity { return plain.path }
        return plainFiles().first { $0.status.identity == plain.status.identity }?.path
    }
}
