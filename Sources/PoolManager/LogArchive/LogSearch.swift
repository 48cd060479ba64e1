internal import Glibc
internal import PoolModel
internal import PoolOS

/// One look through the log files of some pools.
///
/// Parts of files are read one at a time, from the end that is asked for, and only those whose range of numbers and
/// times may hold something; what is held is one part, and the lines found. It ends as soon as no part can hold a line
/// that comes before those found.
///
/// Files are renamed, compressed and removed meanwhile: a part that is no longer where it was listed has the files
/// listed anew, and a line is known by its number, so none comes twice.
struct LogSearch {
    /// Text of the lines of one answer. Beyond: the answer is shorter than its limit.
    static let textBytesMax = 16 << 20
    /// Steps of a regular expression: as many bytes of lines.
    private static let stepsMax = 4_000_000_000
    private static let listingsMax = 20

    private let request: ArchiveRequest
    private let directory: (String) -> String
    private let deadline: ContinuousClock.Instant
    private let isCancelled: () -> Bool
    private let scan: LogScan

    private var found: [LogLine] = []
    private var foundBytes = 0
    /// Lines beyond this one are not wanted, because enough were found before it.
    private var bound: UInt64?
    private var done: Set<Part> = []
    /// Why some files could not be read: what they hold is not known.
    private var trouble: SystemError?

    private struct Part: Hashable {
        var worker: WorkerID
        var first: UInt64
    }

    /// - Parameters:
    ///   - directory: where a pool's log files are.
    ///   - deadline: how long it may take. It looks at one part at least.
    init(
        _ request: ArchiveRequest,
        deadline: ContinuousClock.Instant,
        isCancelled: @escaping () -> Bool = { false },
        directory: @escaping (String) -> String
    ) {
        self.request = request
        self.directory = directory
        self.isCancelled = isCancelled
        self.deadline = deadline
        scan = LogScan(request.filter, steps: LogSearch.stepsMax)
    }

    mutating func run() -> ArchiveLines {
        var answer = ArchiveLines()
        var next: UInt64?
        var isSettled = false
        for _ in 0..<LogSearch.listingsMax where !isSettled {
            let segments = list()
            next = nil
            isSettled = !look(through: segments, next: &next)
        }
        answer.trouble = trouble
        trim(to: request.limit)
        answer.lines = request.isNewest ? found.reversed() : found
        if request.isNewest {
            answer.isCutShort = next != nil || !isSettled || scan.isCutShort
        } else {
            // Where files moved faster than they were read, nothing is sure: the same is asked for again.
            let unsettled = isSettled ? nil : request.after
            answer.reached = [bound, next.map { max($0, 1) - 1 }, unsettled].compactMap { $0 }.min()
            // Parts that were not looked at may hold lines before the later ones.
            if let reached = answer.reached { answer.lines.removeAll { $0.sequence > reached } }
            answer.isCutShort = scan.isCutShort
        }
        return answer
    }

    /// The parts that may hold something, the most wanted first.
    private mutating func list() -> [LogSegment] {
        var found: [LogSegment] = []
        for (pool, through) in request.through where through > request.after {
            let path = directory(pool)
            do throws(SystemError) {
                for name in try LogFileName.entries(of: path) {
                    guard let file = LogFileName(name, pool: pool),
                        request.filter.workers?.contains(file.worker) ?? true
                    else { continue }
                    let parts = try LogSegment.list("\(path)/\(name)", worker: file.worker)
                    found += parts.filter { mayHold($0, through) }
                }
            } catch {
                trouble = error
            }
        }
        return found.sorted { request.isNewest ? $0.last > $1.last : $0.first < $1.first }
    }

    private func mayHold(_ segment: LogSegment, _ through: UInt64) -> Bool {
        guard segment.last > request.after, segment.first <= through,
            !done.contains(Part(worker: segment.worker, first: segment.first))
        else { return false }
        guard let since = request.filter.since, let latest = segment.latest else { return true }
        return latest >= since.microseconds
    }

    /// Reads parts until there is enough; returns whether the files have to be listed anew.
    ///
    /// - Parameter next: where it had to stop, for want of time.
    private mutating func look(through segments: [LogSegment], next: inout UInt64?) -> Bool {
        var open: (path: String, file: FileDescriptor)?
        var isFirst = done.isEmpty
        for segment in segments {
            if let bound, request.isNewest ? segment.last < bound : segment.first > bound { return false }
            // The parts that begin before the position are looked at in any case: what comes next is beyond it.
            if !isFirst, request.isNewest || segment.first > request.after + 1, isCancelled() || .now >= deadline {
                next = segment.first
                return false
            }
            isFirst = false
            if open?.path != segment.path {
                open = try? (segment.path, FileDescriptor.open(segment.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
            }
            guard let file = open?.file, open?.path == segment.path, FileStatus(file)?.identity == segment.file else {
                return true
            }
            if let text = segment.text(of: file) { take(text, of: segment) }
            done.insert(Part(worker: segment.worker, first: segment.first))
        }
        return false
    }

    private mutating func take(_ text: [UInt8], of segment: LogSegment) {
        guard let through = request.through[segment.worker.pool] else { return }
        text.withUnsafeBufferPointer { text in
            LogText.forEach(text) { record in
                guard let sequence = LogText.sequence(of: record), sequence > request.after, sequence <= through,
                    bound.map({ request.isNewest ? sequence >= $0 : sequence <= $0 }) ?? true,
                    holdsText(record),
                    let line = LogFileRecord.decode(Array(record)[...], worker: segment.worker), scan.takes(line)
                else { return }
                found.append(line)
                foundBytes += line.bytes.count
                if found.count >= 2 * request.limit + 64 || foundBytes >= 2 * LogSearch.textBytesMax {
                    trim(to: request.limit)
                }
            }
        }
        trim(to: request.limit)
    }

    /// Whether the record can hold the text that is looked for; cheaper than making a line of it.
    private func holdsText(_ record: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = request.filter.text
        guard let first = text.first, !request.filter.ignoresCase else { return true }
        var rest = record[...]
        while rest.count >= text.count, let base = UnsafeBufferPointer(rebasing: rest).baseAddress,
            let hit = memchr(base, Int32(first), rest.count - text.count + 1)
        {
            if memcmp(hit, text, text.count) == 0 { return true }
            rest = rest.dropFirst(UnsafeRawPointer(hit) - UnsafeRawPointer(base) + 1)
        }
        return false
    }

    /// Keeps the most wanted lines, each once.
    private mutating func trim(to limit: Int) {
        guard found.count > 1 || limit == 0 else { return }
        let isNewest = request.isNewest
        found.sort { isNewest ? $0.sequence > $1.sequence : $0.sequence < $1.sequence }
        var kept: [LogLine] = []
        kept.reserveCapacity(min(found.count, limit))
        var bytes = 0
        var isCut = false
        for line in found where line.sequence != kept.last?.sequence {
            if kept.count == limit || (bytes + line.bytes.count > LogSearch.textBytesMax && !kept.isEmpty) {
                isCut = true
                break
            }
            kept.append(line)
            bytes += line.bytes.count
        }
        if isCut || kept.count == limit, let last = kept.last { bound = last.sequence }
        found = kept
        foundBytes = bytes
    }
}
