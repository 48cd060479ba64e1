package import PoolModel

/// One operation: its tasks, in what order they are done, and its verdict.
///
/// It is level-triggered: after every event it compares what it wants with what is, and gives orders for the
/// difference. So nothing is lost when the manager dies between an order and its effect; its successor looks again.
///
/// | stage | ends by |
/// |---|---|
/// | queued | the operation before it in the pool's queue has ended |
/// | preparing | the hook before a roll has ended: forward, or failed with nothing begun |
/// | forward | all tasks done: succeeded; a failure or a cancel: to back, or to the verdict |
/// | baking | the canaries' time is over: forward; one of them fails: to back |
/// | concluding | the hook after a roll has ended: succeeded, or to back |
/// | back | all tasks of the way back done: rolled back |
/// | finished | never |
package struct OperationMachine: Hashable, Sendable, Codable {
    package enum Stage: Hashable, Sendable, Codable {
        case queued
        case preparing
        case forward
        case baking(until: Duration)
        case concluding
        case back
        case finished
    }

    /// The operation as people see it; kept up to date by ``take(_:_:)`` and ``enter(_:)``.
    package internal(set) var operation: Operation
    /// It is not as it was told last.
    var isChanged = true
    package let request: OperationRequest
    package private(set) var plan = OperationPlan()
    package private(set) var tasks: [WorkerTask] = []
    /// How many of the tasks wait, and how many are under way: most looks need no more than this.
    private(set) var waitingCount = 0
    private(set) var activeCount = 0
    package private(set) var stage = Stage.queued
    package private(set) var isPaused = false
    /// Who cancelled it.
    package internal(set) var cancelledBy: String?
    /// What went wrong on the way forward.
    package internal(set) var failure: String?
    /// Since when nothing can go on because too few workers are routable.
    var blockedSince: Duration?
    /// The canaries' counters at the beginning of the bake.
    var bakeStart: [BakeMark] = []
    /// The counters of each replaced worker as it came up: what fails from then on counts against the roll.
    /// nil until there is one; older state files do not have it.
    var watched: [BakeMark]?

    /// The hooks that the roll has before and after it; nil in older state files.
    private var hooks: [Hook]?
    /// Whether the hook of the stage runs still.
    private var isHookRunning: Bool?

    struct BakeMark: Hashable, Sendable, Codable {
        var worker: WorkerID
        var served: WorkerSample
    }

    package init(request: OperationRequest, pool: String, at moment: Moment) {
        self.request = request
        operation = Operation(
            id: request.id,
            verb: request.verb ?? request.command.verb,
            pool: pool,
            actor: request.actor,
            why: request.why,
            createdAt: moment.wall
        )
    }

    package var id: OperationID { request.id }
    package var isFinished: Bool { stage == .finished }

    /// Whether it takes its turn in the pool's queue. What only says something to workers does not wait.
    package var isQueued: Bool {
        switch request.command {
        case .start, .stop, .restart, .roll, .deploy, .apply, .scale, .shutdown: true
        case .drain, .resume, .maintenance, .signal: false
        }
    }

    /// Whether something is under way for the worker.
    func isAt(_ worker: WorkerID) -> Bool { tasks.contains { $0.worker == worker && $0.activeSince != nil } }

    /// Whether what workers serve may change its course.
    var isWatching: Bool { !bakeStart.isEmpty || watched != nil }

    package var policy: RollPolicy? {
        if case .rolling(let policy) = plan.style { policy } else { nil }
    }

    /// Whether it may still need this profile.
    package func uses(_ generation: Generation) -> Bool {
        plan.candidate == generation || tasks.contains { $0.generationBefore == generation }
    }

    /// Its turn has come: the plan is made now, out of what is now.
    ///
    /// - Parameter hooks: those that the profile has, if this is a roll.
    package mutating func begin(_ plan: OperationPlan, hooks: [Hook] = []) {
        guard stage == .queued else { return }
        self.plan = plan
        append(plan.tasks)
        if policy != nil, !plan.tasks.isEmpty, !hooks.isEmpty { self.hooks = hooks }
        enter(self.hooks?.contains(.beforeRoll) == true ? .preparing : .forward)
    }

    /// The hook of its stage has ended.
    mutating func hookEnded(failure: String?) {
        isHookRunning = false
        if self.failure == nil { self.failure = failure }
        guard let last = operation.hooks?.indices.last else { return }
        operation.hooks?[last].state = failure == nil ? .succeeded : .failed
        operation.hooks?[last].detail = failure ?? "done"
        isChanged = true
    }

    private mutating func run(_ hook: Hook) -> [OperationOrder] {
        isHookRunning = true
        operation.hooks = (operation.hooks ?? []) + [Operation.HookStep(hook: hook, state: .running, detail: "runs")]
        isChanged = true
        return [.runHook(hook)]
    }

    /// All tasks are done: the last word is the hook's.
    mutating func conclude(at moment: Moment) -> [OperationOrder] {
        guard hooks?.contains(.afterRoll) == true else { return succeed(at: moment) }
        enter(.concluding)
        return run(.afterRoll)
    }

    private mutating func prepare(
        _ view: some PoolView,
        limits: StepLimits,
        at moment: Moment
    ) -> [OperationOrder] {
        switch isHookRunning {
        case nil: return run(.beforeRoll)
        case true?: return []
        case false?: isHookRunning = nil
        }
        guard failure == nil, cancelledBy == nil else {
            abandon(failure.map { "\($0); nothing was begun" } ?? "cancelled by \(cancelledBy ?? "")", at: moment)
            if failure != nil { operation.state = .failed }
            return []
        }
        enter(.forward)
        return goOn(view, limits: limits, at: moment)
    }

    private mutating func finishConcluding(_ view: some PoolView, at moment: Moment) -> [OperationOrder] {
        guard isHookRunning == false else { return [] }
        isHookRunning = nil
        return failure == nil && cancelledBy == nil ? succeed(at: moment) : turnBack(view, at: moment)
    }

    mutating func refuse(_ index: Int) { tasks[index].isRefused = true }

    /// What a task that is under way is at, where that is a hook.
    mutating func say(_ index: Int, hook: Hook?) {
        var step = tasks[index].step
        if let hook { step.detail = "\(hook.rawValue) hook runs" }
        guard operation.steps[index] != step else { return }
        operation.steps[index] = step
        isChanged = true
    }

    /// Ends it as soon as what is under way for a worker is finished.
    package mutating func cancel(by actor: String) {
        cancelledBy = actor
        setPaused(false)
    }

    package mutating func pause() { setPaused(true) }
    package mutating func unpause() { setPaused(false) }

    /// Ends it here and now, whatever is under way.
    package mutating func abandon(_ why: String, at moment: Moment) {
        for index in tasks.indices where !tasks[index].isFinished { set(index, .dropped(why)) }
        finish(.cancelled, why, at: moment)
    }

    /// Whether it has changed since this was asked last.
    package mutating func takeChange() -> Bool {
        defer { isChanged = false }
        return isChanged
    }

    /// Compares what is wanted with what is. Call it again after its orders were carried out, until it has none.
    package mutating func advance(_ view: some PoolView, limits: StepLimits, at moment: Moment) -> [OperationOrder] {
        switch stage {
        case .queued where cancelledBy != nil:
            abandon("cancelled by \(cancelledBy ?? "")", at: moment)
            return []
        case .queued, .finished:
            return []
        case .preparing:
            return prepare(view, limits: limits, at: moment)
        case .concluding:
            return finishConcluding(view, at: moment)
        case .forward:
            settle(view, limits: limits, now: moment.now)
            if failure == nil { failure = gateFailure(view) }
            if failure != nil || cancelledBy != nil { return turnBack(view, at: moment) }
            return goOn(view, limits: limits, at: moment)
        case .baking(let until):
            settle(view, limits: limits, now: moment.now)
            if failure == nil { failure = bakeFailure(view) ?? gateFailure(view) }
            if failure != nil || cancelledBy != nil { return turnBack(view, at: moment) }
            if isPaused || moment.now < until { return [] }
            enter(.forward)
            return goOn(view, limits: limits, at: moment)
        case .back:
            settle(view, limits: limits, now: moment.now)
            return goBack(view, limits: limits, at: moment)
        }
    }

    /// When it wants to be looked at, though nothing has happened.
    package func deadline(_ limits: StepLimits) -> Duration? {
        var earliest: Duration?
        func consider(_ due: Duration?) {
            if let due { earliest = earliest.map { min($0, due) } ?? due }
        }
        if case .baking(let until) = stage, !isPaused { consider(until) }
        if let blockedSince { consider(blockedSince + limits.ready) }
        for task in tasks {
            if let since = task.activeSince, let limit = limits.limit(of: task.aim) { consider(since + limit) }
        }
        return earliest
    }

    // MARK: Changes, which people see at once

    mutating func append(_ more: [WorkerTask]) {
        tasks += more
        waitingCount += more.count
        operation.steps += more.map(\.step)
        isChanged = true
    }

    mutating func set(_ index: Int, _ progress: WorkerTask.Progress, lifeBefore: Life? = nil) {
        count(tasks[index], -1)
        tasks[index].progress = progress
        count(tasks[index], 1)
        if let lifeBefore { tasks[index].lifeBefore = lifeBefore }
        operation.steps[index] = tasks[index].step
        isChanged = true
    }

    private mutating func count(_ task: WorkerTask, _ step: Int) {
        switch task.progress {
        case .waiting: waitingCount += step
        case .active: activeCount += step
        case .done, .failed, .dropped: break
        }
    }

    mutating func enter(_ stage: Stage) {
        self.stage = stage
        setPaused(isPaused)
    }

    private mutating func setPaused(_ isPaused: Bool) {
        self.isPaused = isPaused
        isChanged = true
        switch stage {
        case .queued: operation.state = .queued
        case .preparing, .forward, .baking, .concluding, .back: operation.state = isPaused ? .paused : .running
        case .finished: break
        }
    }

    mutating func finish(_ state: Operation.State, _ result: String, at moment: Moment) {
        enter(.finished)
        blockedSince = nil
        operation.state = state
        operation.result = result
        operation.finishedAt = moment.wall
    }
}

/// How long the parts of an operation may take, out of the rules of the workers they are about.
package struct StepLimits: Hashable, Sendable {
    /// From a start to healthy.
    package var ready: Duration
    /// From the order to stop to the end of the process.
    package var stop: Duration
    package var drain: Duration

    package init(rules: WorkerSpec, policy: RollPolicy?, hooks: HookSpec = HookSpec()) {
        ready = (policy?.readyLimit ?? rules.startTimeout + .seconds(10)) + hooks.limit(of: .beforeStart, .afterStart)
        stop = rules.drainTimeout + rules.stopTimeout + .seconds(10) + hooks.limit(of: .beforeStop, .afterStop)
        drain = max(rules.drainTimeout, .seconds(1))
    }

    /// nil: the worker's own deadlines are enough; a stop always ends.
    package func limit(of aim: WorkerTask.Aim) -> Duration? {
        switch aim {
        case .up, .added, .admin(.ready): ready
        case .renewed: stop + ready
        case .admin(.drain), .admin(.maintenance): drain
        case .down, .removed, .signaled: nil
        }
    }
}
