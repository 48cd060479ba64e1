internal import Glibc
package import PoolModel

/// The lock that makes a daemon the only one of its runtime directory. Held as long as this object lives.
///
/// The kernel gives it up when the process ends, however it ends; the file stays, because removing it would let two
/// processes lock two files of one name.
package final class RuntimeLock: Sendable {
    private let file: FileDescriptor

    /// Goes on with a lock that this process took as another program.
    package init(adopting raw: Int32) { file = FileDescriptor(adopting: raw) }

    /// The open file that the lock belongs to.
    package var descriptor: FileDescriptor { file }

    /// Takes the lock, and writes who we are into the file.
    ///
    /// - Throws: `conflict` with the holder's pid where another daemon has it.
    package init(path: String) throws(PoolError) {
        do throws(SystemError) {
            file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
            let isFree = try syscallUnlessBlocking("flock", on: path) { flock(file.raw, LOCK_EX | LOCK_NB) } != nil
            if isFree {
                let process = try ProcessIdentity.current()
                try syscall("ftruncate", on: path) { ftruncate(file.raw, 0) }
                try file.writeAll(Array("\(process.pid) \(process.startTicks)\n".utf8), name: path)
                return
            }
        } catch {
            throw PoolError(.unavailable, "cannot lock \(path): \(error)", remedy: "choose another --runtime-dir")
        }
        let holder = RuntimeLock.recorded(path: path).map { "pid \($0.pid)" } ?? "another process"
        throw PoolError(
            .conflict,
            "poold is already running on this runtime directory (\(holder) holds \(path))",
            remedy: "use poolctl to control it, or choose another --runtime-dir"
        )
    }

    /// The daemon that holds the lock of that path; nil where none runs.
    package static func holder(path: String) -> ProcessIdentity? {
        recorded(path: path).flatMap { $0.isRunning ? $0 : nil }
    }

    private static func recorded(path: String) -> ProcessIdentity? {
        guard let file = try? FileDescriptor.open(path, O_RDONLY),
            let bytes = try? file.contents(bytesMax: 256, name: path)
        else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard fields.count == 2, let pid = Int32(fields[0]), let ticks = UInt64(fields[1]) else { return nil }
        return ProcessIdentity(pid: pid, startTicks: ticks)
    }
}
