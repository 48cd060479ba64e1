internal import PoolAPI
package import PoolCore
internal import PoolModel

/// All policy of the daemon, in one place and on one thread.
///
/// What happens comes in as events, is decided on by the pools' ``PoolCore/PoolMachine``s, and goes out as actions
/// that the ``ManagerDriver`` runs; their outcomes come back as events. Nothing is decided anywhere else.
///
/// ```
/// exits, probes, proxies, timers, people ─> inbox ─> PoolMachine ─> actions ─> driver ─┐
///                                             ^──────────────────── outcomes ──────────┘
/// ```
///
/// State, all of it guarded by the actor: `pools` (the machines and what is known beside them), `inbox` (events not
/// yet handled), `events` (what happened, for people), `followers` (who waits for news), `routes` (what the proxies
/// were told), `saving` (who waits for the state file), `slots`, `keys`. Reads answer from it at once; a mutation
/// answers when the state file holds it.
package actor Manager {
    package nonisolated let clock: ManagerClock
    nonisolated let identity: DaemonIdentity
    /// The version of what readers see, for those who have it already.
    nonisolated let stateVersion = StateVersion()
    private nonisolated let executor: any SerialExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let driver: any ManagerDriver
    var pools: [ManagedPool]
    private var inbox: [(pool: Int, event: PoolMachine.Event)] = []
    private var isHandling = false
    var events: EventLog
    var followers: Followers
    var routes = RoutePublication()
    var saving = SaveGate()
    /// Why the state file could not be written; told once, until it changes.
    var saveFailure: String?
    /// When the last write of the state file began.
    var lastSave = Duration.zero
    var slots: SlotTable
    /// Workers that found none, of which it was said.
    var slotless: Set<WorkerID> = []
    var keys = IdempotencyTable()
    var nextOperation: UInt64
    /// The present life of each worker, for the marks in its log.
    var lives: [WorkerID: Life] = [:]
    /// What readers see, while nothing has changed.
    var snapshot: StateSnapshot?
    var stopping: Stopping?
    /// The operations of pools that have left.
    var departed: [Operation] = []
    /// Figures of the last hour.
    var workerHistory: [WorkerID: StatsSeries] = [:]
    var poolHistory: [String: StatsSeries] = [:]
    /// The last upgrade of the daemon itself.
    var upgrade: Upgrading?
    /// Connections to the control socket that were cut because they took nothing.
    var readersCut: UInt64 = 0
    /// What was sent on to other logs, by receiver.
    var shipments: [String: Shipment] = [:]
    /// Reads the daemon's own configuration again; nil where nobody does (tests).
    var reconfigure: (@Sendable (_ isDryRun: Bool) -> ConfigurationReload?)?

    /// - Parameters:
    ///   - executor: the thread that everything here runs on; the driver's callbacks come on it too.
    ///   - state: what the last manager left; its pools are those of `pools`.
    package init(
        executor: any SerialExecutor,
        clock: ManagerClock,
        identity: DaemonIdentity,
        driver: any ManagerDriver,
        pools: [ManagedPool],
        state: DaemonState,
        events: EventLog
    ) {
        self.executor = executor
        self.clock = clock
        self.identity = identity
        self.driver = driver
        self.pools = pools.sorted { ($0.machine.spec.priority, $0.name) < ($1.machine.spec.priority, $1.name) }
        self.events = events
        followers = Followers(start: UInt64(clamping: clock.wall.microseconds))
        slots = SlotTable(state.slots)
        nextOperation = state.nextOperation
        upgrade = state.upgrade
    }

    /// Each worker's present life.
    var lifeByWorker: [WorkerID: Life] {
        let statuses = pools.flatMap { $0.machine.snapshot(at: clock.moment) }
        return Dictionary(statuses.map { ($0.id, $0.life) }, uniquingKeysWith: { $1 })
    }

    /// The workers' places in the statistics segment, pool by pool.
    var statisticsSlots: [(pool: String, slots: [Int])] {
        pools.map { pool in (pool.name, pool.machine.state.workers.compactMap { slots[$0.id] }) }
    }

    /// Starts or takes over the pools. Call once, before anything else.
    package func begin() {
        lives = lifeByWorker
        for index in pools.indices {
            let actions = pools[index].machine.begin(at: clock.moment)
            pools[index].pending.append(contentsOf: actions)
        }
        handleAll()
        continueUpgrade()
    }

    /// Takes in what happened to a pool; late news of a pool that is gone is dropped.
    package func receive(_ event: PoolMachine.Event, pool name: String) {
        collect(event, pool: name)
        handleAll()
    }

    /// Takes in what happened, to be handled with all else by the next ``handleAll()``.
    func collect(_ event: PoolMachine.Event, pool name: String) {
        guard let index = pools.firstIndex(where: { $0.name == name }) else { return }
        inbox.append((index, event))
    }

    /// Handles what is in the inbox. Actions whose outcome is known at once put it there while they run, so the inbox
    /// is what keeps this from calling itself.
    func handleAll() {
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        repeat {
            runPending()
            while !inbox.isEmpty { handleRound() }
            letPoolsGo()
            publishRoutes()
            advanceStopping()
        } while !inbox.isEmpty
        stateChanged()
        saveIfDue()
    }

    /// Handles all that is in the inbox now: one turn for each pool.
    private func handleRound() {
        let round = inbox
        inbox.removeAll(keepingCapacity: true)
        for index in pools.indices {
            let events = round.filter { $0.pool == index }.map(\.event)
            guard !events.isEmpty else { continue }
            let actions = pools[index].machine.handle(events, at: clock.moment)
            pools[index].pending.append(contentsOf: actions)
            runPending()
        }
    }

    /// What is shown has changed: followers of the state look again.
    func stateChanged() {
        snapshot = nil
        followers.bump(.state)
        stateVersion.set(followers.version(.state))
    }

    func index(of pool: String) -> Int? { pools.firstIndex { $0.name == pool } }
}
