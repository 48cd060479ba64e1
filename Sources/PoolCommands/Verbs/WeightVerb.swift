internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl weight`.
struct WeightVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "weight",
        abstract: "Give workers a larger or smaller share of the requests, at once.",
        discussion: """
            A worker of weight 2 gets twice the requests of one of weight 1; one of weight 0 gets none. Every worker \
            begins with 1.

            EXAMPLES
              poolctl weight 3 example_2
              poolctl weight 0 4 --why "comparing the others"
            """
    )

    @Argument(help: "0 to 256.")
    var weight: Int

    @Argument(help: "Selectors (all for every worker).", completion: .workers)
    var workers: [String]

    @Option(help: ArgumentHelp("The reason, for the event list and the audit log.", valueName: "text"))
    var why = ""

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (0...WeightRequest.weightMax).contains(weight) else {
            throw ValidationError("The weight must be in 0...\(WeightRequest.weightMax).")
        }
    }

    func perform(_ context: Context) throws -> ExitCode {
        let groups = try context.chosen(workers)
        var changed: [WorkerSnapshot] = []
        for (pool, workers) in groups {
            let request = WeightRequest(weight: weight, workers: workers.map(\.name), why: why)
            changed += try context.send(.weigh(request, in: pool.name)).workers
        }
        if common.json {
            try context.print(json: WorkerList(workers: changed))
        } else if changed.isEmpty {
            try context.print("nothing to weigh: no worker is meant by \(workers.joined(separator: " "))")
        } else {
            try context.print(changed.map { "\($0.name): weight \($0.status.weight)" })
        }
        return .done
    }
}
