package import PoolAPI
package import PoolModel
package import PoolScreen

/// All that the dashboard knows and shows. ``update(_:_:)`` is the only writer; the view reads it and nothing else, so the
/// clock, the size and the locale are in here too.
package struct DashboardModel: Sendable {
    /// Events that are kept. Beyond: the oldest goes.
    package static let eventsMax = 2000
    /// Operations that are kept. Beyond: the oldest finished goes.
    package static let operationsMax = 100

    /// How long it is said that the fate of an action is not known.
    static let unknownShownFor = Duration.seconds(30)

    package var settings: Settings
    package var host: HostFacts
    package var keys = KeyMap()
    /// What the settings' file asked for.
    var look = Look()
    package var size: Size
    package var now: Timestamp
    /// Since the start, by a clock that does not step.
    package var uptime = Duration.zero

    package var link: DaemonLink
    package var daemon: VersionReply?
    package var state: StateSnapshot?
    package var figures: [String: PoolFigures] = [:]
    package var events: [PoolEvent] = []
    package var operations: [PoolModel.Operation] = []

    /// The pool that is shown.
    package var poolName: String?
    package var view = ViewName.workers
    package var table = TableState()
    package var logs: LogPane
    /// All lines, with where the reader stood, while only those of processes before are shown.
    var logsAside: LogPane?
    /// Whether the worker table shares the screen with the log.
    package var showsLogs = true
    package var eventList = ListState()
    package var operationList = ListState()
    /// The operation that is shown in full.
    package var openedOperation: OperationID?
    package var poolList = ListState()
    /// The first line that is shown of views that are read as a page.
    package var pageTop = 0
    /// What the detail shows below the facts.
    package var detailPane = DetailPane.log
    /// The workers that the log was narrowed to before the detail narrowed it to its own.
    var logWorkersBefore: Set<Int>?
    package var inquiry = Inquiry()
    package var dialog: Dialog?
    package var notice: Notice?
    /// What is wrong in the settings' file, and left out.
    package var settingsIssues: [String] = []
    package var filterHistory = LineHistory()
    package var commandHistory = LineHistory()
    /// The hint for newcomers is shown until the first key.
    package var hasSeenKey = false

    package init(settings: Settings, host: HostFacts, size: Size, now: Timestamp, socket: String) {
        self.settings = settings
        self.host = host
        self.size = size
        self.now = now
        link = DaemonLink(socket: socket)
        logs = LogPane(linesMax: settings.logLinesMax)
    }

    package var pools: [PoolSnapshot] { state?.pools ?? [] }
    package var pool: PoolSnapshot? { pools.first { $0.name == poolName } ?? pools.first }
    package var poolFigures: PoolFigures { pool.flatMap { figures[$0.name] } ?? PoolFigures() }
    package var totals: PoolTotals { poolFigures.totals }
    package var glyphs: Glyphs { settings.glyphs }

    package func worker(_ number: Int?) -> WorkerSnapshot? {
        guard let number, let workers = pool?.workers else { return nil }
        // In ascending order of their numbers: this is asked for every row of every frame.
        var (low, high) = (0, workers.count)
        while low < high {
            let middle = (low + high) / 2
            if workers[middle].status.id.number < number { low = middle + 1 } else { high = middle }
        }
        return low < workers.count && workers[low].status.id.number == number ? workers[low] : nil
    }

    package var selectedWorker: WorkerSnapshot? { worker(table.selected) }

    package func line(_ worker: WorkerSnapshot) -> WorkerLine {
        line(worker, poolFigures.workers[worker.status.id.number])
    }

    func line(_ worker: WorkerSnapshot, _ figures: WorkerFigures?) -> WorkerLine {
        WorkerLine(
            worker: worker,
            figures: figures ?? WorkerFigures(),
            now: now,
            glyphs: settings.glyphs
        )
    }

    /// The tagged workers, or else the selected one.
    package var targets: Set<Int> {
        table.tagged.isEmpty ? Set([table.selected].compactMap { $0 }) : table.tagged
    }

    /// Why actions are off; nil where they are not.
    package var actionsRefused: String? {
        if settings.isReadOnly { return "read-only: started with --read-only" }
        if link.phase == .silent { return "the daemon says nothing: actions are off" }
        if !link.isLive { return "no daemon: actions are off" }
        if let daemon, daemon.access < .operate {
            return "read-only: the control socket gives you the right to \(daemon.access.rawValue)"
        }
        return nil
    }

    /// The events of this pool and of the daemon, the newest first.
    package var shownEvents: [PoolEvent] {
        events.reversed().filter { event in
            guard event.pool == nil || event.pool == pool?.name else { return false }
            return eventList.filter?.accepts(
                "\(event.worker?.description ?? "") \(event.kind.rawValue) \(event.message)"
            ) ?? true
        }
    }

    /// What operations do to workers of this pool now, or have done within the last seconds, by the workers' numbers:
    /// a result is told where it happens.
    package var stepsUnderWay: [Int: CellText] {
        var steps: [Int: CellText] = [:]
        for operation in operations.reversed() where operation.pool == pool?.name {
            let ended = operation.finishedAt
            if let ended, now.seconds - ended.seconds > DashboardModel.stepShownSeconds { continue }
            // What has gone well is told once the whole is over: until then the worker's graph says more.
            for step in operation.steps where step.state != .queued && (ended != nil || step.state != .succeeded) {
                let detail = step.detail.isEmpty ? step.state.rawValue : LogText.clean(step.detail)
                steps[step.worker.number] = CellText(
                    "\(operation.id) \(operation.verb.rawValue): \(detail)",
                    step.state.role
                )
            }
        }
        return steps
    }

    private static let stepShownSeconds = 5.0

    /// The operation that is shown in full; nil where the list is.
    var openOperation: PoolModel.Operation? {
        openedOperation.flatMap { opened in shownOperations.first { $0.id == opened } }
    }

    /// The operations of this pool, the newest first.
    package var shownOperations: [PoolModel.Operation] {
        operations.filter { $0.pool == pool?.name || $0.pool.isEmpty }
    }
}

/// What the detail of a worker shows below its facts.
package enum DetailPane: String, Hashable, Sendable, CaseIterable { case log, processes, environment, probes, facts }

/// Where the user stands in a list, the newest first.
package struct ListState: Sendable {
    package var selected = 0
    package var top = 0
    package var filter: Pattern?

    package init() {}

    package mutating func move(by rows: Int, count: Int, height: Int) {
        selected = min(max(0, selected + rows), max(0, count - 1))
        let height = max(1, height)
        if selected < top { top = selected }
        if selected >= top + height { top = selected - height + 1 }
        top = max(0, min(top, count - height))
    }
}
