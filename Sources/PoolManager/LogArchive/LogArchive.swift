internal import PoolModel
internal import PoolOS

/// Looks for lines in the log files, one query after another, on a thread of its own.
///
/// The manager's thread never waits for it: an hour of logs takes seconds to read. Its priority is low, so that a
/// query takes what the workers and the proxy leave.
actor LogArchive {
    /// How long a search for the newest lines may take. Beyond: it is refused.
    static let newestDuration = Duration.seconds(30)
    /// How long a page of a stream may take. Beyond: it is shorter.
    static let pageDuration = Duration.seconds(2)

    private nonisolated let thread: Reactor
    private let state: String
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// - Parameter state: the directory of the pools' directories.
    init(state: String) throws(SystemError) {
        self.state = state
        thread = try Reactor.start(name: "poold-logs")
        thread.post { Thread.lowerPriority() }
    }

    func lines(_ request: ArchiveRequest) -> ArchiveLines {
        let state = state
        let duration = request.isNewest ? LogArchive.newestDuration : LogArchive.pageDuration
        var search = LogSearch(request, duration: duration, isCancelled: { Task.isCancelled }) { "\(state)/\($0)/logs" }
        return search.run()
    }

    nonisolated func stop() { thread.stop() }
}
