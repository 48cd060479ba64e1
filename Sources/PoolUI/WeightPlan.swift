internal import PoolAPI
package import PoolModel
internal import PoolScreen

/// Makes the question for another weight. The request carries the processes that were seen: the share was judged by what
/// they do, so a worker that was replaced meanwhile is not weighed.
package struct WeightPlan: Sendable {
    package var weight: Int
    package var pool: PoolSnapshot
    package var targets: [WorkerSnapshot]
    package var isOneOfSeveralPools: Bool
    /// The reason, for the audit log.
    package var why = ""

    package init(weight: Int, pool: PoolSnapshot, numbers: Set<Int>, isOneOfSeveralPools: Bool) {
        self.weight = weight
        self.pool = pool
        targets = pool.workers.filter { numbers.contains($0.status.id.number) }
        self.isOneOfSeveralPools = isOneOfSeveralPools
    }

    package func confirmation() -> Confirmation {
        let who = targets.count == 1 ? targets[0].name : "\(targets.count) workers"
        var request = WeightRequest(weight: weight, workers: targets.map(\.name), why: why)
        request.expected = targets.map { WorkerGuard(worker: $0.status.id, life: $0.status.life) }
        let names = ActionPlan.selectors(targets, isOneOfSeveralPools: isOneOfSeveralPools)
        var question = Confirmation(
            title: "Give \(who) weight \(weight)?",
            targets: ActionPlan.named(targets),
            lines: consequences,
            command: "poolctl weight \(weight) \(names)" + ActionPlan.option(why: why),
            label: "Weigh",
            deed: .weigh(pool: pool.name, request)
        )
        if endsService { question.nameToType = pool.name }
        return question
    }

    /// The weights of all routable workers as they would be.
    private var after: [Int] {
        let touched = Set(targets.map(\.status.id))
        return pool.workers.filter(\.status.isRoutable).map {
            touched.contains($0.status.id) ? weight : $0.status.weight
        }
    }

    private var endsService: Bool { !after.isEmpty && after.allSatisfy { $0 == 0 } }

    private var consequences: [CellText] {
        if endsService { return [CellText("Nobody is left to serve: clients get 503.", .bad)] }
        if weight == 0 { return [CellText("New requests go to others; what it has is finished.")] }
        let sum = after.reduce(0, +)
        let each = sum > 0 ? Double(weight) / Double(sum) * 100 : 0
        return [
            CellText("\(Figures.percent(each)) % of the requests for each of them, where all others stay as they are."),
            CellText("It holds at once, and after restarts too."),
        ]
    }
}
