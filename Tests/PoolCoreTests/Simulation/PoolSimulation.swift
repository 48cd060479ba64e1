import class Foundation.JSONDecoder
import class Foundation.JSONEncoder
import PoolCore
import PoolModel

/// A whole pool in virtual time: one machine, a world that is unkind to it, and the invariants after every step.
struct PoolSimulation {
    /// What went wrong, first.
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    var world: SimulatedWorld
    var machine: PoolMachine
    var events: [PoolEvent] = []
    var released: [WorkerID] = []
    /// Counts managers; messages to earlier ones are lost.
    var manager = 0
    var operations: [OperationID: Operation] = [:]
    var operationsMade: UInt64 = 0
    /// Workers that somebody stopped without waiting for requests.
    var forced: Set<WorkerID> = []
    /// When each worker's requests were last told to end.
    var drainingSince: [WorkerID: Duration] = [:]
    /// The last end of each worker's process, as long as nothing but policy may start another one.
    var failures: [WorkerID: Duration] = [:]
    /// Starts (worker and life) whose hook has succeeded.
    var prepared: Set<String> = []
    /// The hooks that were run, in their order.
    var hooksRun: [HookRun] = []
    /// Hooks that a test lets fail.
    var failingHooks: Set<Hook> = []
    /// How long hooks take that a test has an interest in.
    var hookDurations: [Hook: Duration] = [:]
    let hasOperations: Bool
    let hasDeaths: Bool
    var isQuiet = false
    /// Actions of a call that is still being made.
    var pending: [PoolAction] = []
    var turnsAtThisInstant = 0
    var lastInstant = Duration.zero

    /// A pool to which nothing happens but what a test does: well-behaved processes, no clients, no deaths.
    init(spec: PoolSpec, nature: FakeProcess.Nature? = nil) throws {
        world = SimulatedWorld(seed: 1)
        world.isCalm = true
        world.nature = nature
        (hasOperations, hasDeaths, isQuiet) = (false, false, true)
        let moment = world.moment
        let address = PoolSimulation.address
        machine = PoolMachine(
            spec: spec,
            state: nil,
            known: [],
            beginning: .cold,
            at: moment,
            seed: 1,
            address: address
        )
        try perform(machine.begin(at: moment))
    }

    init(seed: UInt64) {
        var world = SimulatedWorld(seed: seed)
        let workers = Int.random(in: 1...5, using: &world.random)
        var spec = PoolSpec(
            name: "sim",
            workers: workers,
            worker: WorkerSpec(command: ["good"], listen: "unix:/run/sim_{n}.sock")
        )
        spec.health.path = world.chance(0.85) ? "/health" : nil
        spec.worker.ready = world.pick(WorkerSpec.Readiness.allCases.filter { $0 != .notify }) ?? .probe
        spec.worker.autorestart = world.chance(0.8) ? .always : .unexpected
        spec.worker.startTimeout = .seconds(10)
        spec.worker.drainTimeout = world.chance(0.8) ? .seconds(8) : .zero
        spec.worker.stopTimeout = .seconds(5)
        if world.chance(0.3) { spec.worker.ageMax = .seconds(60) }
        if world.chance(0.4) {
            spec.hooks.beforeStart = world.chance(0.7) ? ["hook"] : []
            spec.hooks.afterStart = world.chance(0.5) ? ["hook"] : []
            spec.hooks.beforeStop = world.chance(0.5) ? ["hook"] : []
            spec.hooks.afterStop = world.chance(0.5) ? ["hook"] : []
            spec.hooks.beforeRoll = world.chance(0.3) ? ["hook"] : []
            spec.hooks.afterRoll = world.chance(0.3) ? ["hook"] : []
        }
        hasOperations = world.chance(0.75)
        hasDeaths = world.chance(0.6)
        machine = PoolMachine(
            spec: spec,
            state: nil,
            known: [],
            beginning: .cold,
            at: world.moment,
            seed: seed,
            address: PoolSimulation.address
        )
        self.world = world
    }

    static let address: PoolMachine.AddressRule = { spec, id in .unix(path: "/run/\(spec.name)_\(id.number).sock") }

    /// Runs so many steps with trouble, then calms down, and sees that everything comes to its end.
    mutating func run(steps: Int) throws {
        try begin()
        for _ in 0..<steps { try step() }
        try calmDown()
    }

    mutating func begin() throws {
        world.after(.seconds(1), .clientArrives)
        try perform(machine.begin(at: world.moment))
    }

    mutating func step() throws {
        if !isQuiet { try trouble() }
        guard let happening = world.next() else { throw Violation(description: "nothing is due, and nobody waits") }
        if world.now == lastInstant { turnsAtThisInstant += 1 } else { turnsAtThisInstant = 0 }
        lastInstant = world.now
        if turnsAtThisInstant > 2000 { throw Violation(description: "the machine turns on the spot at \(world.now)") }
        try happen(happening)
    }

    private mutating func happen(_ happening: SimulatedWorld.Happening) throws {
        switch happening {
        case .toManager(let event, let receiver):
            if receiver == manager { try deliver(event) }
        case .processEnds(let identity, let reason): end(identity, reason)
        case .processHangs(let identity): world.processes[identity]?.isHanging = true
        case .routesApplied(let revision, let routes):
            world.routes = routes
            world.after(.milliseconds(1), .toManager(.routed(revision: revision), manager: manager))
        case .clientArrives:
            request()
            world.after(isQuiet ? .seconds(3) : world.duration(0.01, 0.08), .clientArrives)
        case .requestEnds(let identity):
            if world.processes[identity]?.isHanging == false { world.processes[identity]?.inFlight -= 1 }
        case .stateWritten(let writer):
            if writer == manager { world.saved = machine.state }
        case .deadline(_, let receiver):
            if receiver == manager { try deliver(.deadlineReached) }
        }
    }

    /// Gives the machine an event; now and then together with what would have come next, as one turn.
    mutating func deliver(_ event: PoolMachine.Event) throws {
        var events = [event]
        while !isQuiet, world.chance(0.2), case .toManager(let next, manager)? = world.peek() {
            events.append(next)
            _ = world.next()
        }
        for case .hookEnded(let number, nil) in events {
            guard let run = machine.state.hooks?.runs.first(where: { $0.number == number }), run.hook == .beforeStart,
                case .worker(let id, let life) = run.subject
            else { continue }
            prepared.insert("\(id) \(life)")
        }
        for case .exited(let worker, let life, _) in events {
            guard let process = world.process(worker, life) else { continue }
            world.processes[process.identity]?.isAcknowledged = true
        }
        let before = machine.state
        let actions = machine.handle(events, at: world.moment)
        try checkTurn(from: before, actions)
        try perform(actions)
    }

    mutating func end(_ identity: ProcessIdentity, _ reason: ExitReason) {
        guard var process = world.processes[identity], process.isAlive else { return }
        process.exit = reason
        process.inFlight = 0
        world.processes[identity] = process
        let event = PoolMachine.Event.exited(process.worker, life: process.life, reason)
        world.after(world.duration(0.0001, 0.002), .toManager(event, manager: manager))
    }

    // MARK: Actions

    /// Runs the actions; where the manager dies in the middle, the rest is not run.
    mutating func perform(_ actions: [PoolAction]) throws {
        let isDoomed = hasDeaths && !isQuiet && world.chance(0.003)
        let survived = isDoomed ? Int.random(in: 0...actions.count, using: &world.random) : actions.count
        for action in actions.prefix(survived) { try run(action) }
        if isDoomed { try managerDies() }
    }

    private mutating func run(_ action: PoolAction) throws {
        switch action {
        case .persist(let isUrgent):
            if isUrgent {
                world.saved = machine.state
            } else {
                world.after(world.duration(0, 1), .stateWritten(manager: manager))
            }
        case .emit(let event): events.append(event)
        case .released(let worker): released.append(worker)
        case .cleanSocket, .generationChanged: break
        case .spawn(let worker, let life, let generation): try spawn(worker, life, generation)
        case .runHook(let run): runHook(run)
        case .signal(let worker, let life, let identity, let name, _):
            try signal(worker, life, identity, name)
        case .killStray(_, _, let identity):
            world.after(.milliseconds(1), .processEnds(identity, .signaled(signal: 9, coreDumped: false)))
        case .probe(let worker, let life): probe(worker, life)
        case .checkListening(let worker, let life, _):
            let listens = world.process(worker, life)?.listens(at: world.now) ?? false
            let refusal = listens ? nil : "connection refused"
            answer(.listenChecked(worker, life: life, refusal: refusal), after: .milliseconds(1))
        case .checkInFlight(let worker, let life):
            let count = world.process(worker, life)?.inFlight ?? 0
            answer(.inFlight(worker, life: life, count: UInt64(max(0, count))), after: .milliseconds(1))
        case .publishRoutes(let routes, let revision):
            try checkRoutes(routes)
            world.after(world.duration(0.0005, 0.02), .routesApplied(revision: revision, routes))
        case .operationChanged(let operation):
            operations[operation.id] = operation
        case .setDeadline(let deadline):
            world.forgetDeadlines()
            guard let deadline else { return }
            world.after(max(.zero, deadline - world.now), .deadline(deadline, manager: manager))
        }
    }

    private mutating func answer(_ event: PoolMachine.Event, after delay: Duration) {
        world.after(delay, .toManager(event, manager: manager))
    }

    private mutating func spawn(_ worker: WorkerID, _ life: Life, _ generation: Generation) throws {
        let living = world.living(worker)
        if let double = living.first {
            throw Violation(description: "\(worker) life \(life) is spawned while life \(double.life) lives")
        }
        try checkPolicy(worker)
        try checkPrepared(worker, life, generation)
        let isBad = machine.spec(of: generation).worker.command == ["bad"]
        if !isQuiet, world.chance(0.02) {
            answer(.spawnFailed(worker, life: life, stage: "exec", errno: 12), after: .milliseconds(1))
            return
        }
        let process = world.start(worker, life, generation, isBad: isBad)
        answer(.spawned(worker, life: life, process.identity), after: world.duration(0.0002, 0.001))
    }

    /// A hook ends well or badly, at once or at its time limit.
    private mutating func runHook(_ run: HookRun) {
        hooksRun.append(run)
        let isFailing = failingHooks.contains(run.hook) || (!isQuiet && world.chance(0.1))
        let usual = !isQuiet && world.chance(0.1) ? .seconds(5) : world.duration(0.001, 0.3)
        let delay = hookDurations[run.hook] ?? usual
        answer(.hookEnded(number: run.number, failure: isFailing ? "exit status 1" : nil), after: delay)
    }

    private mutating func signal(
        _ worker: WorkerID,
        _ life: Life,
        _ identity: ProcessIdentity,
        _ name: String
    ) throws {
        guard let process = world.processes[identity] else {
            throw Violation(description: "\(worker): a signal to \(identity), which never was")
        }
        if name == "TERM" { try checkDrained(process) }
        world.processes[identity]?.isAsked = true
        if let (delay, reason) = process.endsAfter(name) { world.after(delay, .processEnds(identity, reason)) }
    }

    private mutating func probe(_ worker: WorkerID, _ life: Life) {
        let timeout = machine.spec.health.timeout
        guard let process = world.process(worker, life) else { return }
        let (phase, status, delay) = process.probe(at: world.now, timeout: timeout)
        let result = ProbeResult(
            phase: phase,
            status: status,
            detail: status.map { "HTTP \($0)" } ?? phase.rawValue,
            elapsed: delay,
            at: world.moment.wall
        )
        // Now and then an answer is lost.
        if isQuiet || !world.chance(0.01) { answer(.probed(worker, life: life, result), after: delay) }
    }

    /// A client's request, by the routes that the proxy has now.
    private mutating func request() {
        let routable = world.routes?.workers.filter(\.isRoutable) ?? []
        guard let route = world.pick(routable), let process = world.process(route.id, route.life), process.isAlive
        else {
            return
        }
        world.processes[process.identity]?.inFlight += 1
        let delay = world.chance(0.01) ? world.duration(1, 12) : world.duration(0.005, 0.1)
        world.after(delay, .requestEnds(process.identity))
    }

    // MARK: Trouble

    private mutating func trouble() throws {
        if world.chance(0.004),
            let process = world.pick(
                world.processes.values.filter(\.isAlive).sorted { $0.identity.pid < $1.identity.pid }
            )
        {
            end(process.identity, .signaled(signal: 9, coreDumped: false))
        }
        if hasDeaths, world.chance(0.002) { try managerDies() }
        if hasOperations, world.chance(0.01) { try submit() }
        if world.chance(0.002), let worker = world.pick(machine.state.workers) {
            let event = PoolMachine.Event.connectFailed(worker.id, life: worker.machine.life, errno: 111)
            answer(event, after: .milliseconds(1))
        }
        if world.chance(0.002), let worker = world.pick(machine.state.workers) {
            let life = worker.machine.life
            answer(.suspected(worker.id, life: life, failures: 5, detail: "HTTP 502"), after: .milliseconds(1))
        }
    }

    /// The manager is gone; another one takes over from what was written, and what the keeper has.
    ///
    /// Now and then the keeper goes with it. The next daemon reads the profile anew, and finds the living processes;
    /// how the others ended nobody knows.
    mutating func managerDies() throws { try managerDies(withKeeper: world.chance(0.25)) }
    mutating func managerDiesAlone() throws { try managerDies(withKeeper: false) }

    private mutating func managerDies(withKeeper isKeeperDead: Bool) throws {
        manager += 1
        world.forgetMessages(toManagersBefore: manager)
        world.now += world.duration(0.01, 0.3)
        let bytes = try JSONEncoder().encode(world.saved ?? machine.state)
        let state = try JSONDecoder().decode(PoolState.self, from: bytes)
        machine = PoolMachine(
            spec: machine.spec,
            state: state,
            known: world.known.shuffled(using: &world.random).map { process in
                var process = process
                if isKeeperDead, process.exit != nil { process.exit = .unknown }
                return process
            },
            beginning: isKeeperDead ? .cold : .warm,
            at: world.moment,
            seed: 0,
            address: PoolSimulation.address
        )
        failures = [:]
        prepared = []
        for process in world.processes.values where !process.isAlive && !process.isAcknowledged {
            world.processes[process.identity]?.isAcknowledged = true
        }
        try perform(machine.begin(at: world.moment))
    }
}
