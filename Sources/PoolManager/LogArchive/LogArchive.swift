internal import PoolModel
internal import PoolOS
internal import Synchronization

/// Looks for lines in the log files, one query after another, on a thread of its own.
///
/// The manager's thread never waits for it: an hour of logs takes seconds to read. Its priority is low, so that a
/// query takes what the workers and the proxy leave.
actor LogArchive {
    /// How long a search for the newest lines may take. Beyond: it is refused.
    static let newestDuration = Duration.seconds(30)
    /// How long a page of a stream may take. Beyond: it is shorter.
    static let pageDuration = Duration.seconds(2)

    /// Searches that are under way or wait for their turn. Beyond: one more is refused.
    /// Readers who begin all at once, after a restart of the manager for one, are none too many.
    static let searchesMax = 256

    private nonisolated let thread: Reactor
    private nonisolated let searches = Mutex(0)
    private let state: String
    private nonisolated let searchesMax: Int
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// - Parameter state: the directory of the pools' directories.
    init(state: String, searchesMax: Int = LogArchive.searchesMax) throws(SystemError) {
        self.searchesMax = searchesMax
        self.state = state
        thread = try Reactor.start(name: "poold-logs")
        thread.post { Thread.lowerPriority() }
    }

    /// The time that it takes counts from now on, so that whoever waits for others waits no longer than that.
    nonisolated func lines(_ request: ArchiveRequest) async -> ArchiveLines {
        let deadline = ContinuousClock.now + (request.isNewest ? LogArchive.newestDuration : LogArchive.pageDuration)
        let mayBegin = searches.withLock { count in
            guard count < searchesMax else { return false }
            count += 1
            return true
        }
        guard mayBegin else {
            var answer = ArchiveLines()
            answer.isRefused = true
            return answer
        }
        defer { searches.withLock { $0 -= 1 } }
        return await search(request, until: deadline)
    }

    private func search(_ request: ArchiveRequest, until deadline: ContinuousClock.Instant) -> ArchiveLines {
        let state = state
        var search = LogSearch(request, deadline: deadline, isCancelled: { Task.isCancelled }) { "\(state)/\($0)/logs" }
        return search.run()
    }

    nonisolated func stop() { thread.stop() }
}
