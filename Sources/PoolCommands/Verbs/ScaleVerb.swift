internal import ArgumentParser
internal import PoolAPI
internal import PoolModel

/// `poolctl scale`.
struct ScaleVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Change how many workers a pool has.",
        discussion: """
            EXAMPLES
              poolctl scale 6
              poolctl scale example=6
              poolctl scale example=+2
              poolctl scale -- -1
              poolctl scale 4 --first oldest
            """
    )

    @Argument(help: "N, +N or -N, with POOL= in front where there are several pools.")
    var size: ScaleSize

    @Option(
        help: ArgumentHelp(
            "Which workers go first (default: as [scale] order says).",
            valueName: "order"
        )
    )
    var first: ShrinkOrder?

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        let pools = try context.send(.pools()).pools
        let pool = try ScaleVerb.find(size.pool ?? context.settings.pool, among: pools)
        let count: Int =
            switch size.change {
            case .to(let count): count
            case .by(let difference): pool.workers.count + difference
            }
        guard count >= 0 else { throw CommandError(.usage, "pool \(pool.name) has only \(pool.workers.count) workers") }
        var request = ActionRequest(verb: .scale, why: action.why)
        request.count = count
        request.order = first
        // +2 is two more than were seen: not than what a reload has made of it meanwhile.
        request.expectedGeneration = pool.generation
        try request.validate()
        return try context.finish([try context.send(.act(on: pool.name, request))], waits: action.wait)
    }

    private static func find(_ name: String?, among pools: [PoolSnapshot]) throws -> PoolSnapshot {
        let found = pools.filter { name == nil || $0.name == name }
        if let pool = found.first, found.count == 1 { return pool }
        guard let name else {
            throw CommandError(
                .usage,
                pools.isEmpty ? "there are no pools" : "there are \(pools.count) pools",
                remedy: "say which: \(pools.first?.name ?? "example")=N"
            )
        }
        throw CommandError(
            .unknownOrDenied,
            "pool \(name) does not exist",
            remedy: NearestName.hint(pools.map(\.name), to: name)
        )
    }
}

extension ShrinkOrder: ExpressibleByArgument {}

/// `6`, `+2`, `example=-1`.
struct ScaleSize: ExpressibleByArgument, Hashable, Sendable {
    enum Change: Hashable, Sendable {
        case to(Int)
        case by(Int)
    }

    var pool: String?
    var change: Change

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let digits = parts.last, let number = Int(digits),
            (-Limits.workersMax...Limits.workersMax).contains(number)
        else { return nil }
        change = digits.first == "+" || digits.first == "-" ? .by(number) : .to(number)
        pool = parts.count > 1 ? String(parts[0]) : nil
        if pool?.isEmpty == true { return nil }
    }
}
