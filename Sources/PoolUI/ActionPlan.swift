package import PoolAPI
package import PoolModel
internal import PoolScreen

/// What an action carries besides its verb and whom it meets.
package struct ActionOrder: Hashable, Sendable {
    /// Requests in flight are not waited for.
    package var isForced = false
    /// For the event list and the audit log.
    package var why = ""

    package init() {}
}

/// Makes the question for an action on workers: whom it meets, what it leaves, what it is on the command line.
package struct ActionPlan: Sendable {
    package var verb: PoolModel.Operation.Verb
    package var pool: PoolSnapshot
    /// The workers that are meant; those that are not in the pool are left out.
    package var targets: [WorkerSnapshot]
    /// Whether worker numbers alone would be ambiguous on the command line.
    package var isOneOfSeveralPools: Bool
    package var signal: String?
    /// `scale`: how many there are to be; `roll`: how many at a time.
    package var count: Int?
    package var order: ActionOrder

    package init(
        verb: PoolModel.Operation.Verb,
        pool: PoolSnapshot,
        numbers: Set<Int>,
        isOneOfSeveralPools: Bool,
        signal: String? = nil,
        count: Int? = nil,
        order: ActionOrder = ActionOrder()
    ) {
        self.verb = verb
        self.pool = pool
        targets = pool.workers.filter { numbers.contains($0.status.id.number) }
        self.isOneOfSeveralPools = isOneOfSeveralPools
        self.signal = signal
        self.count = count
        self.order = order
    }

    /// Routable workers that the action does not touch.
    private var others: Int {
        let touched = Set(targets.map(\.status.id))
        return pool.workers.count { $0.status.isRoutable && !touched.contains($0.status.id) }
    }
    private var routable: Int { pool.workers.count { $0.status.isRoutable } }

    /// Whether it takes the last workers that serve away.
    private var endsService: Bool {
        switch verb {
        case .stop, .drain, .maintenance: others == 0 && routable > 0
        case .scale: count == 0
        case .start, .restart, .roll, .deploy, .resume, .apply, .signal, .shutdown, .upgrade: false
        }
    }

    package func confirmation() -> Confirmation {
        var question = Confirmation(
            title: title,
            targets: named,
            lines: order.isForced ? [CellText("Requests in flight are cut.", .bad)] + consequences : consequences,
            command: command + options,
            label: label,
            deed: .act(pool: pool.name, request(force: order.isForced))
        )
        if endsService {
            question.nameToType = pool.name
        } else if !order.isForced, verb == .restart || verb == .stop || verb == .roll {
            question.forced = .act(pool: pool.name, request(force: true))
        }
        return question
    }

    private var label: String {
        switch verb {
        case .roll: "Roll"
        case .maintenance: "Maintenance"
        case .scale: "Scale"
        case .start, .stop, .restart, .deploy, .drain, .resume, .apply, .signal, .shutdown, .upgrade:
            verb.rawValue.prefix(1).uppercased() + verb.rawValue.dropFirst()
        }
    }

    private var title: String {
        let who = targets.count == 1 ? targets[0].name : "\(targets.count) workers"
        if endsService, verb != .scale {
            let last = routable == 1 ? "LAST worker" : "LAST \(routable) workers"
            return "\(label) the \(last) that serve\(routable == 1 ? "s" : "")?"
        }
        switch verb {
        case .roll: return "Rolling restart of \(pool.name)?"
        case .scale: return "Scale \(pool.name) from \(pool.workers.count) to \(count ?? 0) workers?"
        case .signal: return "Send SIG\(signal ?? "?") to \(who)?"
        case .maintenance: return "Take \(who) out for maintenance?"
        case .resume: return "Let \(who) take requests again?"
        case .start, .stop, .restart, .deploy, .drain, .apply, .shutdown, .upgrade: return "\(label) \(who)?"
        }
    }

    /// Workers that are named one by one. Beyond: how many more.
    private static let namedMax = 4

    private var named: [CellText] { verb == .roll || verb == .scale ? [] : ActionPlan.named(targets) }

    /// The first of the workers, each with what it carries, and how many more there are.
    static func named(_ targets: [WorkerSnapshot]) -> [CellText] {
        var lines = targets.prefix(ActionPlan.namedMax).map { worker in
            let label = WorkerLabel(worker.status)
            let load = "\(worker.traffic.inFlight) in flight   \(Figures.rate(worker.traffic.requestsPerSecond)) req/s"
            return CellText("\(worker.name)   \(label.long)   \(load)", label.role)
        }
        if targets.count > ActionPlan.namedMax {
            lines.append(CellText("and \(targets.count - ActionPlan.namedMax) more", .dim))
        }
        return lines
    }

    private var consequences: [CellText] {
        if endsService { return [CellText("Nobody is left to serve: clients get 503.", .bad)] }
        let left = CellText(
            others == 0 && routable > 0
                ? "No other worker takes requests meanwhile."
                : "\(Figures.plural(others, "other")) \(others == 1 ? "goes" : "go") on serving.",
            others == 0 ? .warn : .normal
        )
        switch verb {
        case .restart where order.isForced: return [CellText("Each starts anew at once."), left]
        case .stop where order.isForced: return [CellText("Each ends at once; it stays stopped."), left]
        case .restart: return [CellText("Each finishes its requests, then starts anew."), left]
        case .stop: return [CellText("Each finishes its requests, then ends; it stays stopped."), left]
        case .drain: return [CellText("New requests go to others; the process stays."), left]
        case .maintenance: return [CellText("New requests go to others; probes change nothing."), left]
        case .resume: return [CellText("New requests come as soon as it is healthy.")]
        case .start: return [CellText("Takes requests as soon as it is healthy.")]
        case .roll:
            return [
                CellText(
                    (count ?? 1) > 1
                        ? "\(count ?? 1) workers at a time: their requests finish, they start anew,"
                        : "Each worker in turn: its requests finish, it starts anew,"
                ), CellText("and only when it is healthy the next one follows."),
            ]
        case .scale:
            return [
                CellText(
                    (count ?? 0) < pool.workers.count
                        ? "The highest numbers finish their requests, then end."
                        : "New workers serve as soon as they are healthy."
                )
            ]
        case .signal: return [CellText("Sent to the worker's process as it is now.")]
        case .deploy, .apply, .shutdown, .upgrade: return []
        }
    }

    /// The request that goes to the daemon: by names, with the lives that the user saw.
    package func request(force: Bool) -> ActionRequest {
        var request = ActionRequest(verb: verb)
        request.force = force
        request.why = order.why
        request.signal = signal
        if verb == .roll { request.batch = count } else { request.count = count }
        if verb == .roll || verb == .scale {
            request.expectedGeneration = pool.generation
        } else {
            request.workers = targets.map(\.name)
            request.expected = targets.map { WorkerGuard(worker: $0.status.id, life: $0.status.life) }
        }
        return request
    }

    private var command: String {
        let poolOption = isOneOfSeveralPools ? " --pool \(pool.name)" : ""
        switch verb {
        case .roll: return "poolctl roll\(count.map { " --batch \($0)" } ?? "")" + poolOption
        case .scale: return "poolctl scale \(count ?? 0)" + poolOption
        case .signal: return "poolctl signal \(signal ?? "") \(selectors)"
        case .maintenance: return "poolctl maint \(selectors)"
        case .start, .stop, .restart, .deploy, .drain, .resume, .apply, .shutdown, .upgrade:
            return "poolctl \(verb.rawValue) \(selectors)"
        }
    }

    private var options: String {
        (order.isForced ? " --force" : "") + ActionPlan.option(why: order.why)
    }

    /// The reason as `poolctl` takes it from a shell, behind a blank; nothing where there is none.
    static func option(why: String) -> String {
        why.isEmpty ? "" : " --why \(QuotedWords.quoted(LogText.clean(why)))"
    }

    private var selectors: String { ActionPlan.selectors(targets, isOneOfSeveralPools: isOneOfSeveralPools) }

    /// `1-4 7`, or names where there are several pools.
    static func selectors(_ targets: [WorkerSnapshot], isOneOfSeveralPools: Bool) -> String {
        if isOneOfSeveralPools { return targets.map(\.name).joined(separator: " ") }
        var parts: [String] = []
        var rest = targets.map(\.status.id.number).sorted()[...]
        while let first = rest.popFirst() {
            var last = first
            while rest.first == last + 1 {
                last += 1
                rest.removeFirst()
            }
            parts.append(first == last ? "\(first)" : "\(first)-\(last)")
        }
        return parts.joined(separator: " ")
    }
}
