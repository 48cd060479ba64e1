internal import PoolModel
internal import PoolOS

/// The processes that were started at a manager's request: those that run, and those whose end it does not know yet.
struct ChildTable {
    struct Entry {
        var child: KeeperChild
        var killsGroupAtEnd: Bool
        /// What stands for a process that another keeper started: it is not our child, and we do not reap it.
        var pidfd: FileDescriptor?
    }

    private let exitsMax: Int
    private var running: [Int32: Entry] = [:]
    /// In the order in which they ended.
    private var ended: [KeeperChild] = []

    /// - Parameter exitsMax: ends that are remembered. Beyond: the oldest goes.
    init(exitsMax: Int = Limits.exitTableMax) { self.exitsMax = exitsMax }

    var runningCount: Int { running.count }
    var entries: [Entry] { Array(running.values) }
    /// How many of those that run were taken over.
    var adoptedCount: Int { running.values.count { $0.pidfd != nil } }
    /// All of them, those that have ended first.
    var children: [KeeperChild] { ended + running.values.map(\.child) }

    mutating func insert(_ child: KeeperChild, killsGroupAtEnd: Bool, pidfd: FileDescriptor? = nil) {
        running[child.process.pid] = Entry(child: child, killsGroupAtEnd: killsGroupAtEnd, pidfd: pidfd)
    }

    /// The running process of that pid. A child is not reaped, so the pid can be no other's; see ``Entry/pidfd``.
    func entry(pid: Int32) -> Entry? { running[pid] }

    /// Whether this very process runs.
    func isRunning(_ process: ProcessIdentity) -> Bool { running[process.pid]?.child.process == process }

    /// Records the end of a running process; nil where none of that pid runs.
    mutating func end(pid: Int32, _ end: KeeperExit) -> KeeperChild? {
        guard var child = running.removeValue(forKey: pid)?.child else { return nil }
        child.end = end
        if ended.count >= exitsMax { ended.removeFirst(ended.count - exitsMax + 1) }
        ended.append(child)
        return child
    }

    /// Lets those go that were taken over: they run on, and are nobody's.
    mutating func releaseAdopted() {
        running = running.filter { $0.value.pidfd == nil }
    }

    /// The ends that are still to be acknowledged.
    var endedChildren: [KeeperChild] { ended }

    /// Takes over the ends that another program of this process remembered.
    mutating func adoptEnded(_ children: [KeeperChild]) { ended = children.suffix(exitsMax) }

    /// Forgets a process that has ended.
    mutating func acknowledge(_ process: ProcessIdentity) {
        ended.removeAll { $0.process == process }
    }
}
