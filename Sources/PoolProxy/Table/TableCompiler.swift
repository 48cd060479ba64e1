internal import PoolModel
internal import PoolOS
internal import Synchronization

/// Makes what the loops use of a routing table. Runs on the control thread; keeps what outlives a table: the lives of
/// the workers with their loads, and each pool's turn.
struct TableCompiler {
    private var targets: [WorkerID: WorkerTarget] = [:]
    private var cursors: [String: TurnCursor] = [:]
    private var healths: [String: PassiveHealth] = [:]
    private var certificates = CertificateCabinet()
    /// By path: the pages that fronts name. What no table names any more goes with the next one.
    private var files: [String: ErrorPages.Page] = [:]
    /// Those that came since the last table.
    private var unused: Set<String> = []

    /// The pools of the table; `problems` names the workers whose address cannot be used.
    mutating func compile(_ table: RoutingTable, now: UInt64) -> (pools: [PoolTable], problems: [String]) {
        var kept: [WorkerID: WorkerTarget] = [:]
        var keptCursors: [String: TurnCursor] = [:]
        var keptHealths: [String: PassiveHealth] = [:]
        var problems: [String] = []
        let shared = SharedListeners(table)
        let pools = table.pools.map { routes in
            let members: [Member] = routes.workers.compactMap { route in
                guard let target = target(for: route) else {
                    problems.append("worker \(route.id): address \(route.address) is neither a path nor numeric")
                    return nil
                }
                kept[route.id] = target
                noteRoutable(target, route.isRoutable, now)
                return Member(target: target, route: route)
            }
            let cursor = cursors[routes.name] ?? TurnCursor()
            keptCursors[routes.name] = cursor
            let health = health(of: routes, members)
            keptHealths[routes.name] = health
            let plans = FrontPlans(routes) { listener in
                shared.key(of: listener).flatMap { key in
                    certificates.context(
                        for: key.spec,
                        http2: key.http2,
                        authorities: { files[$0].map { String(decoding: $0.bytes, as: UTF8.self) } },
                        &problems
                    )
                }
            }
            problems += plans.problems
            return PoolTable(
                version: table.version,
                routes: routes,
                members: members,
                cursor: cursor,
                health: health,
                plans: plans,
                shared: shared.pools,
                gate: routes.gate.map { gate($0, plans, now) },
                pages: ErrorPages(routes.front, files: files)
            )
        }
        targets = kept
        cursors = keptCursors
        healths = keptHealths
        certificates.sweep(shared.keys)
        let named = table.pools.reduce(into: Set()) { $0.formUnion($1.front.files) }
        files = files.filter { named.contains($0.key) || unused.contains($0.key) }
        unused = []
        return (pools, problems)
    }

    /// Takes new certificates in; they are used from the next compilation on.
    mutating func take(_ bundles: [CertificateBundle]) -> [String] { certificates.take(bundles) }

    func take(_ keys: [TicketKey]) { certificates.adopt(keys) }

    /// Takes pages in; they are used from the next compilation on.
    mutating func take(_ new: [FrontFile]) {
        for file in new {
            files[file.path] = ErrorPages.Page(file.path, file.text)
            certificates.forget(authorities: file.path)
            // They come before the table that names them.
            unused.insert(file.path)
        }
    }

    private func gate(_ gate: FrontGate, _ plans: FrontPlans, _ now: UInt64) -> Gate {
        Gate(gate, allowed: plans.allowed, now: now, wall: WallClock.now)
    }

    /// What was learned about the same lives under the same policy goes on; any change begins anew.
    private func health(of routes: PoolRoutes, _ members: [Member]) -> PassiveHealth {
        let targets = members.map(\.target)
        if let known = healths[routes.name], known.policy == routes.balance.ejection, known.covers(targets) {
            return known
        }
        return PassiveHealth(policy: routes.balance.ejection, targets: targets)
    }

    private func target(for route: WorkerRoute) -> WorkerTarget? {
        if let known = targets[route.id], known.isSame(as: route) { return known }
        return (try? SocketAddress(route.address)).map { WorkerTarget(route, socketAddress: $0) }
    }

    private func noteRoutable(_ target: WorkerTarget, _ isRoutable: Bool, _ now: UInt64) {
        if !isRoutable {
            target.routableSince.store(0, ordering: .relaxed)
        } else if target.routableSince.load(ordering: .relaxed) == 0 {
            target.routableSince.store(max(1, now), ordering: .relaxed)
        }
    }
}
