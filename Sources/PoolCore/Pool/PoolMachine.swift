package import PoolModel

/// All decisions about one pool: `(state, event, moment) -> actions`. No clock, no I/O, no randomness of its own but
/// the seeded one. Every entry is synchronous; the caller runs the actions and brings back what came of them.
///
///     keeper, probes, proxies, people, time -> Event -> PoolMachine -> [PoolAction] -> whoever runs them
///            ^-------------------- what came of it is an event again -----------------------'
///
/// Each entry is one turn: the event changes workers; then what follows from the change is settled (operations go on,
/// a recycle begins, a retired worker leaves); then the routes are published if they differ, and the one deadline is
/// set. The order of a turn's actions: `persist`, `publishRoutes`, the others as they came, `setDeadline`.
package struct PoolMachine: Sendable {
    /// Fills in the templates of a worker's address. Pure.
    package typealias AddressRule = @Sendable (PoolSpec, WorkerID) -> Address

    /// How the machine comes to be.
    package enum Beginning: Hashable, Sendable {
        /// The daemon was started: the profile rules, and who was not stopped by hand starts afresh.
        case cold
        /// A new manager in a running daemon: the state file rules, and everything goes on where it was.
        case warm
    }

    /// Everything that outlives the manager.
    package internal(set) var state: PoolState
    let addressRule: AddressRule
    let beginning: Beginning
    /// What the keeper knew at the beginning; empty once ``begin(at:)`` has used it.
    var known: [KnownProcess]
    /// This turn.
    var turn = Turn()
    /// Each worker's deadline, so that the earliest of thousands is found without looking at the workers.
    var deadlines: [Deadline] = []
    /// The deadline that was asked for last.
    var deadlineSet: Duration?

    /// What one turn collects.
    struct Turn: Sendable {
        enum Persisting { case no, soon, urgent }

        var actions: [PoolAction] = []
        var persisting = Persisting.no
        var areRoutesDue = false
        /// Something has changed that operations, restarts or leaving workers may have waited for.
        var isSettlingDue = false
    }

    /// - Parameters:
    ///   - spec: the profile as it was read. With a warm beginning and a state, the state's profile stands instead.
    ///   - state: what the state file holds of the pool; nil where there is none.
    ///   - known: the keeper's processes that carry this pool's tag, with those that ended untold.
    ///   - seed: of the generator for jitter, where the state does not bring one.
    package init(
        spec: PoolSpec,
        state: PoolState?,
        known: [KnownProcess],
        beginning: Beginning,
        at moment: Moment,
        seed: UInt64,
        address: @escaping AddressRule
    ) {
        addressRule = address
        self.known = known
        self.beginning = state == nil ? .cold : beginning
        self.state = state ?? PoolState(spec: spec, seed: seed)
        // Before anything changes a worker: every change keeps its deadline.
        deadlines = self.state.workers.map { Deadline($0.deadline) }
        if self.beginning == .cold { renew(spec, at: moment) }
    }

    /// Takes in what happened and says what to do.
    package mutating func handle(_ event: Event, at moment: Moment) -> [PoolAction] {
        take(event, at: moment)
        return endTurn(at: moment)
    }

    /// Takes in all that happened since the last time, as one turn: one table for the proxies, one deadline.
    package mutating func handle(_ events: [Event], at moment: Moment) -> [PoolAction] {
        for event in events { take(event, at: moment) }
        return endTurn(at: moment)
    }

    private mutating func take(_ event: Event, at moment: Moment) {
        switch event {
        case .spawned(let id, let life, let process):
            drive(id, life, .spawned(process), at: moment)
        case .spawnFailed(let id, let life, let stage, let errno):
            drive(id, life, .spawnFailed(stage: stage, errno: errno), at: moment)
        case .exited(let id, let life, let reason):
            drive(id, life, .exited(reason), at: moment)
        case .probed(let id, let life, let result):
            if let index = index(id, life) { probed(index, result, at: moment) }
        case .listenChecked(let id, let life, let refusal):
            if let index = index(id, life) { listenChecked(index, refusal, at: moment) }
        case .notified(let id, let life, let notice):
            if let index = index(id, life) { notified(index, notice, at: moment) }
        case .inFlight(let id, let life, let count):
            if let index = index(id, life) { counted(index, count, at: moment) }
        case .sampled(let id, let life, let sample):
            if let index = index(id, life) { sampled(index, sample) }
        case .routed(let revision):
            routed(revision, at: moment)
        case .connectFailed(let id, let life, let errno):
            if let index = index(id, life) { connectFailed(index, errno: errno, at: moment) }
        case .suspected(let id, let life, let failures, let detail):
            if let index = index(id, life) { suspected(index, failures, detail, at: moment) }
        case .hookEnded(let number, let failure):
            hookEnded(number, failure, at: moment)
        case .deadlineReached:
            deadlineReached(at: moment)
        }
    }

    /// The profile of the present generation.
    package var spec: PoolSpec { state.spec }

    /// The profile of a generation that still has workers, or is being rolled out.
    package func spec(of generation: Generation) -> PoolSpec { state.spec(of: generation) }

    /// The address of a worker's present (or next) process.
    package func address(of worker: WorkerID) -> Address? { state.index(of: worker).map { state.workers[$0].address } }

    /// All workers in ascending order.
    package func snapshot(at moment: Moment) -> [WorkerStatus] {
        state.workers.map { slot in
            slot.status(spec: state.spec(of: slot.rulesGeneration), generation: state.generation, at: moment)
        }
    }

    /// Operations that have ended lately, then those that run or wait; oldest first.
    package var operations: [Operation] { state.finished + state.unfinished.map(\.operation) }

    /// Whether a shutdown has stopped every process.
    package var isShutDown: Bool {
        state.isShuttingDown && state.hooks?.runs.isEmpty != false
            && state.workers.allSatisfy { $0.machine.phase.process == nil && !$0.isSpawning }
    }

    /// The worker's place, if this is its present life. Anything else is about a process that is gone: the event was
    /// under way when its worker was given a new one, or has left the pool.
    private func index(_ id: WorkerID, _ life: Life) -> Int? {
        guard let index = state.index(of: id), state.workers[index].machine.life == life else { return nil }
        return index
    }

    private mutating func drive(_ id: WorkerID, _ life: Life, _ event: WorkerMachine.Event, at moment: Moment) {
        if let index = index(id, life) { drive(index, event, at: moment) }
    }
}
