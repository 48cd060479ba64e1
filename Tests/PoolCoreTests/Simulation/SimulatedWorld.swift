import PoolCore
import PoolModel

/// Everything around the machine, in virtual time: keeper, processes, proxy, state file.
struct SimulatedWorld {
    enum Happening: Hashable {
        case toManager(PoolMachine.Event, manager: Int)
        case processEnds(ProcessIdentity, ExitReason)
        case processHangs(ProcessIdentity)
        case routesApplied(revision: UInt64, PoolRoutes)
        case clientArrives
        case requestEnds(ProcessIdentity)
        case stateWritten(manager: Int)
        case deadline(Duration, manager: Int)
    }

    private struct Entry {
        var at: Duration
        var order: UInt64
        var happening: Happening
    }

    var random: SeededRandom
    var now = Duration.seconds(1000)
    var processes: [ProcessIdentity: FakeProcess] = [:]
    /// What the proxy routes by.
    var routes: PoolRoutes?
    /// What a new manager would find.
    var saved: PoolState?
    /// What all new processes are like; nil: as chance will have it.
    var nature: FakeProcess.Nature?
    /// New processes are well-behaved.
    var isCalm = false
    /// The wall clock is set anew every three seconds, by up to a year each way.
    var isClockStepping = false
    private var queue: [Entry] = []
    private var order: UInt64 = 0
    private var pids: Int32 = 100

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    var moment: Moment {
        let wall = 1_795_000_000_000_000 + now.nanoseconds / 1000
        guard isClockStepping else { return Moment(now: now, wall: Timestamp(microseconds: wall)) }
        // Of the time alone: nothing is taken from what chance decides otherwise.
        var chance = SeededRandom(seed: UInt64(now.components.seconds / 3))
        let year: Int64 = 365 * 86_400 * 1_000_000
        return Moment(now: now, wall: Timestamp(microseconds: wall + Int64.random(in: -year...year, using: &chance)))
    }

    mutating func after(_ delay: Duration, _ happening: Happening) {
        order += 1
        let entry = Entry(at: now + delay, order: order, happening: happening)
        let place = queue.firstIndex { $0.at > entry.at } ?? queue.endIndex
        queue.insert(entry, at: place)
    }

    /// The next thing that happens, with the clock moved on to it.
    mutating func next() -> Happening? {
        guard !queue.isEmpty else { return nil }
        let entry = queue.removeFirst()
        now = entry.at
        return entry.happening
    }

    /// What was under way to the manager that has died is lost; only the keeper keeps what it has.
    mutating func forgetMessages(toManagersBefore manager: Int) {
        queue.removeAll { entry in
            switch entry.happening {
            case .toManager(_, let receiver), .stateWritten(let receiver), .deadline(_, let receiver):
                receiver < manager
            case .processEnds, .processHangs, .routesApplied, .clientArrives, .requestEnds: false
            }
        }
    }

    func peek() -> Happening? { queue.first?.happening }

    var hasMore: Bool { !queue.isEmpty }

    mutating func forgetDeadlines() {
        queue.removeAll { if case .deadline = $0.happening { true } else { false } }
    }

    mutating func chance(_ share: Double) -> Bool { random.unit() < share }
    mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }
    mutating func duration(_ low: Double, _ high: Double) -> Duration {
        .microseconds(Int64((low + (high - low) * random.unit()) * 1_000_000))
    }

    func living(_ worker: WorkerID) -> [FakeProcess] { processes.values.filter { $0.worker == worker && $0.isAlive } }

    func process(_ worker: WorkerID, _ life: Life) -> FakeProcess? {
        processes.values.first { $0.worker == worker && $0.life == life }
    }

    /// The keeper starts a process. Generations whose command is `bad` never come up.
    mutating func start(_ worker: WorkerID, _ life: Life, _ generation: Generation, isBad: Bool) -> FakeProcess {
        pids += 1
        let identity = ProcessIdentity(pid: pids, startTicks: UInt64(now.nanoseconds / 10_000_000))
        var nature = FakeProcess.Nature.good
        if isBad {
            nature = chance(0.7) ? .crashesAtStart : .neverListens
        } else if let fixed = self.nature {
            nature = fixed
        } else if !isCalm, chance(0.3) {
            nature = pick(FakeProcess.Nature.allCases) ?? .good
        }
        let process = FakeProcess(
            worker: worker,
            life: life,
            generation: generation,
            identity: identity,
            nature: nature,
            startedAt: now
        )
        processes[identity] = process
        switch nature {
        case .crashesAtStart: after(duration(0.01, 0.3), .processEnds(identity, .exited(code: 1)))
        case .crashesLater: after(duration(0.3, 30), .processEnds(identity, .signaled(signal: 11, coreDumped: true)))
        case .hangsLater: after(duration(1, 20), .processHangs(identity))
        case .good, .slowStart, .neverListens, .answers503, .ignoresTerm, .slowStop: break
        }
        return process
    }

    /// What the keeper tells a new manager.
    var known: [KnownProcess] {
        processes.values.filter { !$0.isAcknowledged }.sorted { $0.identity.pid < $1.identity.pid }.map { process in
            KnownProcess(
                worker: process.worker,
                life: process.life,
                generation: process.generation,
                process: process.identity,
                exit: process.exit
            )
        }
    }
}
