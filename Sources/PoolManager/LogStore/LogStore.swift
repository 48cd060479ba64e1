internal import Glibc
internal import PoolCore
internal import PoolModel
internal import PoolOS

/// The workers' output: captured in spools, split into numbered lines, kept in a bounded ring for each pool and in
/// rotated files, followed live.
///
/// All state is the manager thread's. A worker never waits for a reader: it writes to a file. Memory is bounded by the
/// rings, whoever writes how much. What the rings no longer have is in the files: see ``LogArchive``.
final class LogStore {
    private let reactor: Reactor
    private let directories: Directories
    private let watcher: SpoolWatcher
    /// Tells the manager what went wrong with a worker's log.
    var onNotice: (WorkerID, String) -> Void = { _, _ in }
    /// Tells the manager that there are new lines.
    var onLines: () -> Void = {}

    private var rings: [String: LogRing] = [:]
    private var specs: [String: LogSpec] = [:]
    private var logs: [WorkerID: WorkerLog] = [:]
    private(set) var lastSequence: UInt64
    /// Looks for lines in the files.
    let archive: LogArchive
    private let compressor: LogCompressor
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    /// How long a line may wait for others to be read with it: what costs is waking up, not reading.
    private static let coalescing = Duration.milliseconds(20)
    /// Text held in memory for each pool, whatever the number of lines.
    private static let ringBytesMax = 16 << 20
    /// Read of the log files of a pool for the ring of a new manager.
    private static let historyBytesMax = 4 << 20

    /// - Parameter lastSequence: the highest number that is known to have been used.
    init(reactor: Reactor, directories: Directories, lastSequence: UInt64) throws(SystemError) {
        self.reactor = reactor
        archive = try LogArchive(state: directories.state)
        compressor = try LogCompressor()
        self.directories = directories
        self.lastSequence = min(lastSequence, LogFileRecord.sequenceMax)
        watcher = try SpoolWatcher(on: reactor, interval: LogStore.coalescing)
    }

    // MARK: Pools

    /// Opens a pool's logs, and reads the newest lines of the workers' files into memory.
    ///
    /// - Parameter lives: the present life of each worker.
    func begin(_ spec: PoolSpec, lives: [WorkerID: Life]) {
        specs[spec.name] = spec.log
        do throws(SystemError) {
            try makeDirectories(spec.name)
            for id in lives.keys.sorted() { try open(id, life: lives[id] ?? 0, spec: spec.log) }
        } catch {
            onNotice(WorkerID(pool: spec.name, number: spec.first), "the log cannot be opened: \(error)")
        }
        let mine = logs.values.filter { $0.id.pool == spec.name }
        let last = max(lastSequence, mine.map(\.lastSequence).max() ?? 0)
        lastSequence = min(last, LogFileRecord.sequenceMax)
        let share = max(16 << 10, LogStore.historyBytesMax / max(1, mine.count))
        let histories = mine.map { $0.history(bytesMax: share) }
        let history = histories.flatMap(\.lines).sorted { $0.sequence < $1.sequence }
        // Memory has all lines from one on: what a worker's files have before its newest is to be found in the files.
        let cuts = histories.filter { !$0.isWhole }.compactMap { $0.lines.first.map { $0.sequence &- 1 } }
        let lost = max(history.first.map { $0.sequence &- 1 } ?? lastSequence, cuts.max() ?? 0)
        var ring = LogRing(capacity: spec.log.linesInMemory, bytesMax: LogStore.ringBytesMax, lastLost: lost)
        for line in history where line.sequence > lost { ring.append(line) }
        rings[spec.name] = ring
        sweep(spec.name)
    }

    private func sweep(_ pool: String) {
        compressor.sweep(directory(pool, "logs"), pool: pool, compress: specs[pool]?.compress ?? false)
    }

    /// Begins to read; after all pools are begun, because numbers go over all of them.
    func start() {
        for log in logs.values { watch(log) }
    }

    /// A pool's rules have changed: they hold for processes that start from now on.
    func configure(_ spec: PoolSpec) { specs[spec.name] = spec.log }

    private func directory(_ pool: String, _ name: String) -> String { "\(directories.state)/\(pool)/\(name)" }

    private func makeDirectories(_ pool: String) throws(SystemError) {
        for path in ["\(directories.state)/\(pool)", directory(pool, "logs"), directory(pool, "spool")] {
            do throws(SystemError) {
                try syscall("mkdir", on: path) { mkdir(path, 0o750) }
            } catch {
                if error.code != EEXIST { throw error }
            }
        }
    }

    @discardableResult
    private func open(_ id: WorkerID, life: Life, spec: LogSpec) throws(SystemError) -> WorkerLog {
        if let log = logs[id] { return log }
        let spools = directory(id.pool, "spool")
        let files = directory(id.pool, "logs")
        let renames = compressor.renames
        let log = try WorkerLog(id, life: life, spec: spec, spools: spools, logs: files, renames: renames)
        logs[id] = log
        return log
    }

    private func watch(_ log: WorkerLog) {
        guard log.watches.isEmpty else { return }
        do throws(SystemError) {
            for (stream, path) in try log.openTails() {
                log.watches.append(try watcher.watch(path) { [weak self] in self?.read(log, only: stream) ?? false })
            }
        } catch {
            onNotice(log.id, "the output cannot be watched, it is read once a second: \(error)")
        }
    }

    // MARK: Processes

    /// Output descriptors for a worker's new process. What cannot be captured is thrown away rather than keeping the
    /// process from serving.
    func open(_ id: WorkerID, life: Life, spec: PoolSpec) -> [SpawnDescriptor] {
        do throws(SystemError) {
            if logs[id] == nil { try makeDirectories(id.pool) }
            if rings[id.pool] == nil { begin(spec, lives: [:]) }
            let log = try open(id, life: life, spec: spec.log)
            log.life = life
            watch(log)
            return try log.writers(redirectStderr: spec.worker.redirectStderr)
        } catch {
            onNotice(id, "the output is not captured: \(error)")
            return []
        }
    }

    /// A process has ended: what it has left is read now, before its successor writes.
    func ended(_ id: WorkerID, life: Life) {
        guard let log = logs[id], log.life == life else { return }
        // A bound, because grandchildren may go on writing, and others wait meanwhile.
        for _ in 0..<16 where !read(log, isFinal: true) { return }
    }

    /// A pool has left, and its workers before it: its files stay, and nothing of it is kept in memory.
    func end(_ pool: String) {
        rings[pool] = nil
        specs[pool] = nil
    }

    /// A worker has left its pool: its files stay, and nothing of it is read any more.
    func release(_ id: WorkerID) {
        guard let log = logs.removeValue(forKey: id) else { return }
        _ = read(log, isFinal: true)
        log.watches.forEach(watcher.unwatch)
    }

    func mark(_ id: WorkerID, life: Life, text: String) {
        guard let log = logs[id] else { return }
        // The lines before the mark were written before it. Those of an earlier process were read at its end: what
        // there is now is its successor's, and comes after the mark.
        if life == log.life { _ = read(log) }
        keep(log.mark(text, life: life, sequence: nextSequence(), at: WallClock.now), of: log)
    }

    /// Opens all log files again, after somebody else has rotated them.
    func reopen() {
        for log in logs.values {
            do throws(LogFileError) {
                try log.reopen()
            } catch {
                onNotice(log.id, "the log file cannot be opened again: \(error)")
            }
        }
    }

    /// Once a second: for spools that cannot be watched, and what the compressor has to tell.
    func tick() {
        for notice in compressor.takeNotices() {
            let first = logs.keys.filter { $0.pool == notice.pool }.min()
            onNotice(first ?? WorkerID(pool: notice.pool, number: 1), notice.text)
        }
        for log in logs.values where log.watches.isEmpty { _ = read(log) }
    }

    private func nextSequence() -> UInt64 {
        lastSequence += 1
        return lastSequence
    }

    /// Reads some of a worker's output; returns whether there is more.
    @discardableResult
    private func read(_ log: WorkerLog, only: LogStream? = nil, isFinal: Bool = false) -> Bool {
        do throws(SystemError) {
            var sequence = lastSequence
            let outcome = try log.read(only: only, isFinal: isFinal, buffer: &buffer, at: WallClock.now) {
                sequence += 1
                return sequence
            }
            lastSequence = sequence
            keep(outcome, of: log)
            return outcome.isMore
        } catch {
            onNotice(log.id, "the output cannot be read: \(error)")
            return false
        }
    }

    private func keep(_ outcome: WorkerLog.Outcome, of log: WorkerLog) {
        for line in outcome.lines { rings[log.id.pool]?.append(line) }
        for notice in outcome.notices { onNotice(log.id, notice) }
        if outcome.isRotated, let limit = specs[log.id.pool]?.totalBytesMax {
            LogDirectory(path: directory(log.id.pool, "logs")).trim(to: limit, removing: lose)
            sweep(log.id.pool)
        }
        if !outcome.lines.isEmpty { onLines() }
    }

    /// A rotated file is removed: its worker's log begins later from now on.
    func lose(_ path: String) {
        guard let name = path.split(separator: "/").last, let dot = name.firstIndex(of: "."),
            let id = WorkerID(String(name[..<dot]))
        else { return }
        logs[id]?.lose(path)
    }

    // MARK: Questions

    /// Lines of all pools, or of those that the filter lets through, in the order of their numbers.
    ///
    /// - Parameters:
    ///   - sequence: only what comes after it; nil is the newest `tail` lines.
    ///   - limit: lines of one answer; the rest is asked for after ``LogLines/next``.
    func lines(_ filter: LogFilter, after sequence: UInt64?, tail: Int, limit: Int) -> LogLines {
        let scan = LogScan(filter)
        let wanted = rings.filter { filter.pool == nil || filter.pool == $0.key }
        guard let sequence, sequence <= lastSequence else {
            return newest(min(tail, limit), scan, filter, wanted)
        }
        var lines: [LogLine] = []
        var next = lastSequence
        for ring in wanted.values {
            let found = ring.lines(from: sequence + 1, limit: limit, where: scan.takes)
            lines += found
            if found.count == limit, let last = found.last { next = min(next, last.sequence) }
        }
        var answer = LogLines(lines: lines, next: next, missed: 0, isCutShort: scan.isCutShort)
        answer.cut(to: limit)
        let gone = wanted.mapValues { $0.missing(from: 1) }.filter { $0.value > sequence }
        guard let newestGone = gone.values.max() else { return answer }
        let request = ArchiveRequest(filter: filter, after: sequence, through: gone, limit: limit, isNewest: false)
        answer.archive = request
        let lost = min(newestGone, lost(filter))
        if sequence > 0, lost > sequence { answer.missed = lost - sequence }
        return answer
    }

    private func newest(_ count: Int, _ scan: LogScan, _ filter: LogFilter, _ wanted: [String: LogRing]) -> LogLines {
        let found = wanted.values.flatMap { $0.tail(count, where: scan.takes) }.sorted { $0.sequence < $1.sequence }
        let lines = Array(found.suffix(count))
        var answer = LogLines(lines: lines, next: lastSequence, missed: 0, isCutShort: scan.isCutShort)
        let oldest = lines.count == count ? lines.first?.sequence ?? .max : 0
        let gone = wanted.mapValues { $0.missing(from: 1) }.filter { $0.value > oldest }
        if !gone.isEmpty, count > 0 {
            answer.archive = ArchiveRequest(filter: filter, after: 0, through: gone, limit: count, isNewest: true)
        }
        return answer
    }

    /// The newest line of those workers that has left the files, or never came there.
    private func lost(_ filter: LogFilter) -> UInt64 {
        let wanted = logs.values.filter {
            (filter.pool == nil || filter.pool == $0.id.pool) && filter.workers?.contains($0.id) ?? true
        }
        return wanted.map(\.lostSequence).max() ?? 0
    }
}
