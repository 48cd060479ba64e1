internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Synchronization

/// Compresses rotated log files, one after another, on a thread of its own with a low priority.
///
/// A thread rather than slices of the manager's: packing 50 MiB takes a second of a core, and a disk that is slow to
/// sync may take any time. What waits to be compressed is what lies in the directories: nothing queues up.
///
/// The order of the steps is: write beside, sync, rename, sync the directory, remove the plain file. Killed in
/// between, the next one removes what is not whole, or the plain file of what is.
final class LogCompressor: Sendable {
    /// Renaming of log files: rotation and this must not cross.
    let renames: LogRenames
    private let thread: Reactor
    /// Directories that wait for their turn, and whether to compress in them.
    private let waiting = Mutex<[String: Bool]>([:])
    /// Directories in which the last attempt failed: told once.
    private let failed = Mutex<Set<String>>([])
    /// A pool's files that could not be compressed, or can be again.
    private let notices = Mutex<[Notice]>([])

    struct Notice: Hashable {
        var pool: String
        var text: String
    }

    init(renames: LogRenames = LogRenames()) throws(SystemError) {
        self.renames = renames
        thread = try Reactor.start(name: "poold-compress")
        thread.post { Thread.lowerPriority() }
    }

    deinit { thread.stop() }

    /// What there is to tell since it was asked last.
    func takeNotices() -> [Notice] {
        notices.withLock { notices in
            defer { notices = [] }
            return notices
        }
    }

    private func note(_ pool: String, _ text: String) {
        notices.withLock { $0.append(Notice(pool: pool, text: text)) }
    }

    /// Tidies up a pool's log files, and compresses those that were rotated.
    func sweep(_ directory: String, pool: String, compress: Bool) {
        let isNew = waiting.withLock { $0.updateValue(compress, forKey: directory) == nil }
        guard isNew else { return }
        thread.post { [self] in
            guard let compress = waiting.withLock({ $0.removeValue(forKey: directory) }) else { return }
            let sweeper = LogSweeper(directory: directory, pool: pool, renames: renames)
            do throws(LogFileError) {
                try sweeper.run(compress: compress)
                if failed.withLock({ $0.remove(directory) }) != nil { note(pool, "log files are compressed again") }
            } catch {
                let isFirst = failed.withLock { $0.insert(directory).inserted }
                if isFirst { note(pool, "a log file stays uncompressed: \(error)") }
            }
        }
    }
}

/// Holds the renaming of log files together: a rotation, and a compressed file taking its plain one's place.
final class LogRenames: Sendable {
    private let mutex = Mutex(())

    func exclusively<Result>(_ body: () -> Result) -> Result {
        mutex.withLock { _ in body() }
    }
}
