internal import PoolModel
internal import PoolOS

/// One worker's output: two spools that are read, one log file that is written, and a checkpoint that ties them.
///
/// The order of every step is: lines into the file, then the checkpoint, then readers. A manager that is killed in
/// between cuts the file back to the checkpoint and reads the same lines again: none is lost, none is doubled.
final class WorkerLog {
    /// Backlog of one spool. Beyond: all but the last part is skipped, and a mark says how much.
    static let backlogBytesMax: UInt64 = 256 << 20
    private static let keptOfBacklog: UInt64 = 1 << 20
    /// Bytes read of one spool before others get their turn.
    private static let budget = 1 << 20

    let id: WorkerID
    var life: Life
    private let spec: LogSpec
    private let page: CheckpointPage
    private var checkpoint: SpoolCheckpoint
    private var tails: [LogStream: SpoolTail] = [:]
    /// Streams of which the last reading left something: their backlog may be too large.
    private var isBehind: Set<LogStream> = []
    private let file: LogFile
    private var encoder = LogFileRecord()
    var watches: [SpoolWatcher.WatchID] = []
    /// Lines that the file did not take since its last failure.
    private var unwritten = 0
    private let spools: String

    /// - Parameters:
    ///   - spools: the directory of the spools and the checkpoint.
    ///   - logs: the directory of the log file.
    ///   - renames: shared with the compressor of the rotated files.
    convenience init(
        _ id: WorkerID,
        life: Life,
        spec: LogSpec,
        spools: String,
        logs: String,
        renames: LogRenames = LogRenames()
    ) throws(SystemError) {
        let file = LogFile(path: "\(logs)/\(id).log", renames: renames)
        try self.init(id, life: life, spec: spec, spools: spools, file: file)
    }

    init(_ id: WorkerID, life: Life, spec: LogSpec, spools: String, file: LogFile) throws(SystemError) {
        self.id = id
        self.life = life
        self.spec = spec
        self.spools = spools
        page = try CheckpointPage(path: "\(spools)/\(id).checkpoint")
        checkpoint = page.checkpoint ?? SpoolCheckpoint()
        self.file = file
        do throws(LogFileError) {
            // Without a checkpoint the file is an earlier state directory's: it is kept as it is.
            try file.open(wholeBytes: page.checkpoint?.outputOffset)
        } catch {
            throw SystemError("open", on: error.path, code: error.errno)
        }
        checkpoint.outputOffset = file.size
    }

    /// Opens the file again, which somebody else has moved away.
    func reopen() throws(LogFileError) {
        try file.open(wholeBytes: nil)
        checkpoint.outputFile &+= 1
        checkpoint.outputOffset = file.size
        page.store(checkpoint)
    }

    /// The number of the last line that this worker was given.
    var lastSequence: UInt64 { checkpoint.lineSequence }

    /// The files hold no line up to this one that is to be relied on.
    var lostSequence: UInt64 { page.lost }

    /// A rotated file of this worker is removed.
    func lose(_ path: String) {
        // The end of the last part is not known without reading it; what is known is no more than it.
        guard let segment = try? LogSegment.list(path, worker: id).last else { return }
        page.lose(through: segment.isCompressed ? segment.last : max(segment.first, lastNumber(of: path)))
    }

    private func lastNumber(of path: String) -> UInt64 {
        let rotated = LogFile(path: path)
        try? rotated.openReading()
        let last = rotated.tail(bytesMax: 64 << 10).split(separator: UInt8(ascii: "\n")).last
        return last.flatMap { LogFileRecord.decode($0, worker: id)?.sequence } ?? 0
    }

    /// The newest lines of the file, and whether there are no others.
    func history(bytesMax: Int) -> (lines: [LogLine], isWhole: Bool) {
        let lines = file.tail(bytesMax: bytesMax).split(separator: UInt8(ascii: "\n")).compactMap {
            LogFileRecord.decode($0, worker: id)
        }
        return (lines, file.size <= UInt64(bytesMax) && !file.hasRotated)
    }

    // MARK: Spools

    /// Opens the spools to read them; returns their paths.
    func openTails() throws(SystemError) -> [LogStream: String] {
        for stream in [LogStream.stdout, .stderr] where tails[stream] == nil {
            let offset = stream == .stdout ? checkpoint.stdoutOffset : checkpoint.stderrOffset
            tails[stream] = try SpoolTail(path: path(of: stream), offset: offset)
        }
        return tails.mapValues(\.path)
    }

    /// Descriptors for a process to write to.
    ///
    /// - Parameter redirectStderr: both streams into one spool.
    func writers(redirectStderr: Bool) throws(SystemError) -> [SpawnDescriptor] {
        guard let output = tails[.stdout], let errors = tails[.stderr] else { return [] }
        let writer = try output.makeWriter()
        let second = redirectStderr ? writer : try errors.makeWriter()
        return [SpawnDescriptor(writer, as: 1), SpawnDescriptor(second, as: 2)]
    }

    private func path(of stream: LogStream) -> String {
        "\(spools)/\(id).\(stream == .stderr ? "err" : "out")"
    }

    // MARK: Lines

    /// What reading came to.
    struct Outcome {
        var lines: [LogLine] = []
        var isMore = false
        /// A file that has just failed, or has just recovered: told once.
        var notices: [String] = []
        /// A file was moved aside: the pool's files may be too many now.
        var isRotated = false
    }

    /// Reads what is new in the spools, writes it to the file and records it.
    ///
    /// - Parameters:
    ///   - only: one of the streams; nil is both.
    ///   - isFinal: the process has ended: a last line without its line feed is whole.
    ///   - next: gives each line its number.
    func read(
        only: LogStream? = nil,
        isFinal: Bool,
        buffer: inout [UInt8],
        at now: Timestamp,
        next: () -> UInt64
    ) throws(SystemError) -> Outcome {
        var outcome = Outcome()
        for stream in [LogStream.stdout, .stderr] where only == nil || only == stream {
            if isBehind.contains(stream) { try skipBacklog(of: stream, &outcome, at: now, next: next) }
            guard let tail = tails[stream] else { continue }
            var pieces: [(bytes: [UInt8], isContinued: Bool)] = []
            let begin = tail.offset
            let progress = try tail.read(
                buffer: &buffer,
                lineBytesMax: spec.lineBytesMax,
                budget: WorkerLog.budget,
                isFinal: isFinal
            ) { bytes, isContinued in
                pieces.append((Array(bytes), isContinued))
            }
            switch progress {
            case .more:
                outcome.isMore = true
                isBehind.insert(stream)
            case .caughtUp:
                isBehind.remove(stream)
            case .truncated:
                outcome.isMore = true
                record(tail.offset, of: stream)
                let text = "the worker cut its \(stream.rawValue): what was not read yet is lost"
                mark(text, &outcome, sequence: next(), at: now)
                continue
            }
            guard !pieces.isEmpty else { continue }
            var offset = begin
            for (index, piece) in pieces.enumerated() {
                let sequence = next()
                outcome.lines.append(
                    LogLine(
                        sequence: sequence,
                        at: now,
                        worker: id,
                        life: life,
                        stream: stream,
                        bytes: piece.bytes,
                        isContinued: piece.isContinued
                    )
                )
                offset += UInt64(piece.bytes.count + (piece.isContinued ? 0 : 1))
                // The last one may end without a line feed: the tail knows.
                if index == pieces.count - 1 { offset = tail.offset }
                append(outcome.lines[outcome.lines.count - 1], stream: stream, offset: offset, &outcome)
            }
            flush(&outcome)
            try? tail.discard()
        }
        return outcome
    }

    /// Writes a mark of ours between the lines.
    ///
    /// - Parameter life: whose end or state it tells; not of a later process than the present one.
    func mark(_ text: String, life: Life, sequence: UInt64, at now: Timestamp) -> Outcome {
        var outcome = Outcome()
        mark(text, life: life, &outcome, sequence: sequence, at: now)
        return outcome
    }

    private func mark(
        _ text: String,
        life: Life? = nil,
        _ outcome: inout Outcome,
        sequence: UInt64,
        at now: Timestamp
    ) {
        let line = LogLine(
            sequence: sequence,
            at: now,
            worker: id,
            life: life ?? self.life,
            stream: .mark,
            bytes: Array(text.utf8)
        )
        outcome.lines.append(line)
        append(line, stream: .mark, offset: 0, &outcome)
        flush(&outcome)
    }

    private var pending: [UInt8] = []
    private var pendingCount = 0

    private func append(_ line: LogLine, stream: LogStream, offset: UInt64, _ outcome: inout Outcome) {
        let before = pending.count
        encoder.encode(line, into: &pending)
        if file.size + UInt64(pending.count) > spec.fileBytesMax, file.size + UInt64(before) > 0 {
            let record = pending[before...]
            pending.removeLast(record.count)
            flush(&outcome)
            rotate(&outcome)
            pending.append(contentsOf: record)
        }
        pendingCount += 1
        record(offset, of: stream)
        checkpoint.lineSequence = line.sequence
    }

    /// Notes how far a stream was read; the page gets it with the next ``flush(_:)``.
    private func record(_ offset: UInt64, of stream: LogStream) {
        switch stream {
        case .stdout: checkpoint.stdoutOffset = offset
        case .stderr: checkpoint.stderrOffset = offset
        case .mark: break
        }
    }

    /// Writes what is pending, then records it. A file that cannot be written (a full disk) loses these lines; the
    /// readers in memory do not, and the spool is not held up.
    private func flush(_ outcome: inout Outcome) {
        guard !pending.isEmpty else { return }
        do throws(LogFileError) {
            try file.append(pending)
            if unwritten > 0 { outcome.notices.append("\(file.path) is written again; \(unwritten) lines were not") }
            unwritten = 0
        } catch {
            if unwritten == 0 { outcome.notices.append("lines are kept in memory only: \(error)") }
            unwritten += pendingCount
            page.lose(through: checkpoint.lineSequence)
        }
        pending.removeAll(keepingCapacity: pending.count <= WorkerLog.budget)
        pendingCount = 0
        checkpoint.outputOffset = file.size
        page.store(checkpoint)
    }

    private func rotate(_ outcome: inout Outcome) {
        do throws(LogFileError) {
            try file.rotate(filesMax: spec.filesMax, removing: lose)
            outcome.isRotated = true
        } catch {
            outcome.notices.append("\(file.path) cannot be rotated: \(error)")
        }
        checkpoint.outputFile &+= 1
        checkpoint.outputOffset = file.size
        page.store(checkpoint)
    }

    /// Jumps over what has piled up faster than it can ever be kept.
    private func skipBacklog(
        of stream: LogStream,
        _ outcome: inout Outcome,
        at now: Timestamp,
        next: () -> UInt64
    ) throws(SystemError) {
        guard let tail = tails[stream] else { return }
        // Asked once: the worker may empty its spool at any moment.
        let backlog = try tail.backlog()
        guard backlog > WorkerLog.backlogBytesMax else { return }
        let skipped = backlog - WorkerLog.keptOfBacklog
        let jumped = try SpoolTail(path: tail.path, offset: tail.offset + skipped)
        tails[stream] = jumped
        record(jumped.offset, of: stream)
        let text = "\(skipped) bytes of \(stream.rawValue) were skipped: they came faster than they can be kept"
        mark(text, &outcome, sequence: next(), at: now)
        outcome.notices.append("\(id): \(text)")
        try? jumped.discard(force: true)
    }
}
