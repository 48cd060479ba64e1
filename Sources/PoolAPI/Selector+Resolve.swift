package import PoolModel

extension Selector {
    /// The workers that selectors mean, each once, in ascending order.
    ///
    /// A number, a range or a name that nobody has is an error (`not-found`, with the nearest names); a condition or
    /// `all` may mean nobody. A bare number among several pools is refused where more than one has it.
    package static func resolve(_ selectors: [Selector], among workers: [WorkerStatus]) throws(PoolError) -> [WorkerID]
    {
        var chosen: Set<WorkerID> = []
        for selector in selectors { chosen.formUnion(try selector.resolve(among: workers)) }
        return chosen.sorted()
    }

    private func resolve(among all: [WorkerStatus]) throws(PoolError) -> [WorkerID] {
        let workers = pool.map { pool in all.filter { $0.id.pool == pool } } ?? all
        if let pool, workers.isEmpty {
            throw PoolError(
                .notFound,
                "pool \(pool) does not exist",
                remedy: NearestName.hint(Selector.pools(of: all), to: pool)
            )
        }
        switch choice {
        case .all:
            return workers.map(\.id)
        case .condition(let condition):
            return workers.filter { condition.holds($0) }.map(\.id)
        case .name(let name):
            return try named(name, among: workers)
        case .number(let number):
            return try numbered(number...number, among: workers)
        case .numbers(let range):
            return try numbered(range, among: workers)
        }
    }

    private func named(_ name: String, among workers: [WorkerStatus]) throws(PoolError) -> [WorkerID] {
        if let worker = workers.first(where: { $0.id.description == name }) { return [worker.id] }
        let members = workers.filter { $0.id.pool == name }
        guard members.isEmpty else { return members.map(\.id) }
        let known = Selector.pools(of: workers) + workers.map(\.id.description)
        throw PoolError(
            .notFound,
            WorkerID(name) == nil ? "no worker or pool is named \(name)" : "worker \(name) does not exist",
            remedy: NearestName.hint(known, to: name) ?? Selector.overview(workers)
        )
    }

    private func numbered(_ range: ClosedRange<Int>, among workers: [WorkerStatus]) throws(PoolError) -> [WorkerID] {
        let found = workers.map(\.id).filter { range.contains($0.number) }
        let pools = Set(found.map(\.pool))
        guard pools.count <= 1 else {
            throw PoolError(
                .invalidArgument,
                "\(description) could mean workers of \(pools.sorted().joined(separator: ", "))",
                remedy: "say which pool: \(pools.min() ?? "")/\(description)"
            )
        }
        for number in [range.lowerBound, range.upperBound] where !found.contains(where: { $0.number == number }) {
            throw PoolError(.notFound, "worker \(number) does not exist", remedy: Selector.overview(workers))
        }
        return found
    }

    private static func pools(of workers: [WorkerStatus]) -> [String] { Set(workers.map(\.id.pool)).sorted() }

    /// `there are example_1 to example_4`; nil where there is nobody.
    private static func overview(_ workers: [WorkerStatus]) -> String? {
        guard !workers.isEmpty else { return nil }
        let pools = pools(of: workers).prefix(4).compactMap { pool in
            let ids = workers.map(\.id).filter { $0.pool == pool }
            guard let first = ids.min(), let last = ids.max() else { return String?.none }
            return first == last ? "\(first)" : "\(first) to \(last)"
        }
        return "there \(workers.count == 1 ? "is" : "are") \(pools.joined(separator: ", "))"
    }
}

extension Selector.Condition {
    /// Whether a worker is in this condition.
    package func holds(_ worker: WorkerStatus) -> Bool {
        switch self {
        case .state(let state): worker.state == state
        case .health(let health): worker.health == health
        case .admin(let admin): worker.admin == admin
        case .routable(let routable): worker.isRoutable == routable
        }
    }
}
