internal import Glibc
internal import PoolModel
internal import PoolOS

/// The parent of every process: starts what the manager asks for, remembers how it ended, keeps descriptors, and starts
/// a new manager when one has died. It decides nothing else.
///
/// Everything happens on one thread, that of `reactor`; all state is confined to it.
final class Keeper {
    /// The manager of the moment.
    struct CurrentManager {
        var process: ProcessIdentity
        var startedAt: Duration
        /// nil once the link has ended.
        var link: MessageChannel?
        /// It has said hello: what it is told before would come ahead of the inventory, which says the same.
        var isIntroduced = false
    }

    enum Phase: Hashable {
        case running
        /// The manager was told to stop; it must be done by the deadline's timer.
        case stopping
        /// Everything that is left is being killed.
        case ending(code: Int32)
    }

    /// Notices that wait for a manager. One that does not read them is killed: its successor is told everything again.
    private static let backlogMax = 32_768

    let options: KeeperOptions
    let reactor: Reactor
    let console: Console
    /// The limit of open files that we were started with, for our children.
    let openFiles: ResourceLimit

    var phase = Phase.running
    var manager: CurrentManager?
    var managerCount: UInt64 = 0
    var managerProgram: (executable: String, arguments: [String])
    var restart = RestartPolicy()
    let report: StartReporter
    private let record: ChildRecord
    /// What could not be recorded is told once.
    private var isRecordBroken = false
    var children = ChildTable()
    var store = DescriptorStore()
    var orphanCount: UInt64 = 0
    var shutdownTimer: TimerID?
    var exitCode: Int32 = 0
    /// Held for as long as we run, by whatever program.
    let lock: RuntimeLock?
    /// Set while this program has not shown that it works, where another one was executed before it.
    var upgrade: Upgrade?
    /// Processes that were taken over run on after our end: their record stays.
    private(set) var hasReleased = false

    init(
        _ options: KeeperOptions,
        reactor: Reactor,
        console: Console,
        openFiles: ResourceLimit,
        report: StartReporter,
        record: ChildRecord,
        lock: RuntimeLock? = nil
    ) {
        self.lock = lock
        self.options = options
        self.reactor = reactor
        self.console = console
        self.openFiles = openFiles
        managerProgram = (options.managerExecutable, options.managerArguments)
        self.report = report
        self.record = record
    }

    /// Writes down a process for a keeper after us.
    func remember(_ kind: ChildRecord.Entry.Kind, _ process: ProcessIdentity, tag: String) {
        recording { () throws(SystemError) in
            try record.add(ChildRecord.Entry(kind: kind, process: process, tag: tag))
        }
    }

    func forget(_ process: ProcessIdentity) {
        recording { () throws(SystemError) in try record.remove(process) }
    }

    private func recording(_ write: () throws(SystemError) -> Void) {
        do throws(SystemError) {
            try write()
            isRecordBroken = false
        } catch {
            if !isRecordBroken { console.say("the children cannot be recorded: \(error)") }
            isRecordBroken = true
        }
    }

    /// Tells the manager. Where there is none it is told when it comes.
    func tell(_ notice: KeeperNotice, descriptors: [FileDescriptor] = []) {
        guard let manager, manager.isIntroduced, let link = manager.link else { return }
        if !link.send(notice.encoded, descriptors: descriptors), link.backlogCount >= Keeper.backlogMax {
            console.say("the manager (\(manager.process)) does not read what it is told; killing it")
            kill(manager.process.pid, SIGKILL)
        }
    }
}

// MARK: The manager

extension Keeper {
    func startManager() {
        guard manager == nil, phase == .running || phase == .stopping else { return }
        managerCount += 1
        do {
            let (ours, theirs) = try MessageSocket.pair()
            var request = SpawnRequest(
                executable: managerProgram.executable,
                arguments: managerProgram.arguments,
                environment: ProcessEnvironment.entries
            )
            request.limits = [openFiles]
            let descriptors = [
                SpawnDescriptor(console.output, as: 1), SpawnDescriptor(console.errors, as: 2),
                SpawnDescriptor(theirs.descriptor, as: KeeperLink.inheritedDescriptor),
            ]
            let child = try ProcessSpawner.spawn(request, descriptors: descriptors)
            let link = MessageChannel(ours, on: reactor, backlogMax: Keeper.backlogMax)
            // With too many open files one request is refused; the manager goes on.
            link.takesIncomplete = true
            manager = CurrentManager(
                process: try .of(pid: child.pid),
                startedAt: MonotonicClock.now,
                link: link
            )
            if let process = manager?.process { remember(.manager, process, tag: "") }
            try link.open(
                onMessage: { [weak self] in self?.receive($0, $1) },
                onClose: { [weak self] _ in self?.linkEnded() }
            )
        } catch {
            console.say("cannot start the manager: \(error)")
            if let manager {
                kill(manager.process.pid, SIGKILL)
            } else {
                managerFailed(code: 1, "cannot start: \(error)")
            }
        }
    }

    /// The manager's end of the link is closed. Normally it is dying, and its exit follows at once.
    private func linkEnded() {
        guard let process = manager?.process else { return }
        manager?.link = nil
        reactor.schedule(after: .seconds(2)) { [weak self] in
            guard let self, manager?.process == process else { return }
            kill(process.pid, SIGKILL)
        }
    }

    /// The manager was reaped.
    func managerEnded(_ end: KeeperExit) {
        guard let ended = manager else { return }
        // What it asked for before it died is done, so that its successor finds a consistent table.
        ended.link?.drain()
        forget(ended.process)
        manager?.link?.close()
        manager = nil
        guard phase == .running || phase == .stopping else { return }
        console.say("the manager (\(ended.process)) ended: \(end.reason.summary)")
        managerFailedAfterUpgrade()
        if case .exited(let code) = end.reason, !report.hasBeenReady {
            managerFailed(code: code == 0 ? 1 : code, "the manager ended before it was ready: \(end.reason.summary)")
            return
        }
        scheduleManager(afterLiving: MonotonicClock.now - ended.startedAt)
    }

    private func scheduleManager(afterLiving lifetime: Duration) {
        let delay = restart.delay(afterLiving: lifetime)
        if !report.hasBeenReady, managerCount >= 3 {
            managerFailed(code: 1, "the manager died \(managerCount) times before it was ready")
        } else if delay == .zero {
            startManager()
        } else {
            reactor.schedule(after: delay) { [weak self] in self?.startManager() }
        }
    }

    /// A manager could not start, or said why it cannot go on: at the first start that ends the daemon.
    private func managerFailed(code: Int32, _ message: String) {
        if report.hasBeenReady {
            scheduleManager(afterLiving: .zero)
        } else {
            report.fail(code: code, message: message)
            // What ran before we were started is not ours to end: the next start takes it over.
            hasReleased = children.adoptedCount > 0
            children.releaseAdopted()
            end(code: report.failureCode ?? code)
        }
    }
}
