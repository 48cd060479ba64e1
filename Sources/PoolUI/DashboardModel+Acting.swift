internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Keys that change the pool: they only ever open a question.
extension DashboardModel {
    mutating func ask(_ command: Command) {
        if let refusal = actionsRefused { return say(refusal, .warn) }
        guard let pool else { return say("there is no pool", .warn) }
        switch command {
        case .restart: propose(.restart)
        case .roll: propose(.roll)
        case .drain: askDrain()
        case .resume: propose(.resume)
        case .maintenance: propose(.maintenance)
        case .stop: propose(.stop)
        case .start: propose(.start)
        case .scaleUp: propose(.scale, count: pool.workers.count + 1)
        case .scaleDown:
            guard !pool.workers.isEmpty else { return }
            propose(.scale, count: pool.workers.count - 1)
        case .cancelOperation: askCancel()
        case .reload: askReload(pool)
        case .deploy: propose(DeployRequest())
        // The same keys undo: a front that is not open is opened.
        case .holdFront:
            propose(pool.gate == nil ? GateRequest(state: .hold, seconds: holdSeconds) : GateRequest(state: .open))
        case .closeFront: propose(GateRequest(state: pool.gate == nil ? .maintenance : .open))
        default: preconditionFailure("illegal: \(command) does not act")
        }
    }

    /// Opens the question for an action on the targets, or on the workers that are named.
    mutating func propose(
        _ verb: PoolModel.Operation.Verb,
        numbers: Set<Int>? = nil,
        signal: String? = nil,
        count: Int? = nil,
        order: ActionOrder = ActionOrder()
    ) {
        if let refusal = actionsRefused { return say(refusal, .warn) }
        guard let pool else { return say("there is no pool", .warn) }
        let isForAll = verb == .roll || verb == .scale
        let plan = ActionPlan(
            verb: verb,
            pool: pool,
            numbers: isForAll ? [] : numbers ?? targets,
            isOneOfSeveralPools: pools.count > 1,
            signal: signal,
            count: count,
            order: order
        )
        guard isForAll || !plan.targets.isEmpty else { return say("no worker is selected", .warn) }
        dialog = .confirm(plan.confirmation())
    }

    /// Opens the question for another share of the requests.
    mutating func proposeWeight(_ weight: Int, _ numbers: Set<Int>, why: String) {
        if let refusal = actionsRefused { return say(refusal, .warn) }
        guard let pool else { return say("there is no pool", .warn) }
        var plan = WeightPlan(weight: weight, pool: pool, numbers: numbers, isOneOfSeveralPools: pools.count > 1)
        plan.why = why
        guard !plan.targets.isEmpty else { return say("no worker is selected", .warn) }
        dialog = .confirm(plan.confirmation())
    }

    /// How long a hold is where nothing is said: what a client waits without giving up.
    private var holdSeconds: Double { 30 }

    /// Opens the question for a deploy.
    mutating func propose(_ request: DeployRequest) {
        propose { plan throws(PoolError) in
            try request.validate()
            return plan.confirmation(request)
        }
    }

    /// Opens the question for a front that is held, closed or opened.
    mutating func propose(_ request: GateRequest) {
        propose { plan throws(PoolError) in
            try request.validate()
            return plan.confirmation(request)
        }
    }

    /// Opens a question about the whole pool, or says why there is none.
    private mutating func propose(_ question: (PoolPlan) throws(PoolError) -> Confirmation) {
        if let refusal = actionsRefused { return say(refusal, .warn) }
        guard let pool else { return say("there is no pool", .warn) }
        do throws(PoolError) {
            dialog = .confirm(try question(PoolPlan(pool: pool, isOneOfSeveralPools: pools.count > 1)))
        } catch {
            say(error.message, .bad)
        }
    }

    /// The same key undoes: workers that are all drained already take requests again.
    private mutating func askDrain() {
        let drained = targets.allSatisfy { worker($0)?.status.admin == .drain }
        propose(drained ? .resume : .drain)
    }

    private mutating func askCancel() {
        let shown = shownOperations
        let chosen = shown.indices.contains(operationList.selected) ? shown[operationList.selected] : nil
        guard let operation = view == .operations ? chosen : shown.first(where: { !$0.state.isFinished }),
            !operation.state.isFinished
        else {
            return say("no operation is under way", .dim)
        }
        propose(cancelling: operation)
    }

    mutating func propose(cancelling operation: PoolModel.Operation) {
        if let refusal = actionsRefused { return say(refusal, .warn) }
        dialog = .confirm(
            Confirmation(
                title: "Cancel \(operation.id) (\(operation.verb.rawValue))?",
                lines: [CellText("What has begun is finished, the rest is left undone.")],
                command: "poolctl cancel \(operation.id)",
                label: "Stop it",
                deed: .cancel(operation.id)
            )
        )
    }

    private mutating func askReload(_ pool: PoolSnapshot) {
        dialog = .confirm(
            Confirmation(
                title: "Read the profile of \(pool.name) again?",
                lines: [
                    CellText(LogText.clean(pool.profilePath ?? "")),
                    CellText("What changed is applied; a profile with an error changes nothing."),
                ],
                command: "poolctl reload \(pool.name)",
                label: "Reload",
                deed: .reload(ReloadRequest(pool: pool.name))
            )
        )
    }
}
