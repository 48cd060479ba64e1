internal import PoolCore
package import PoolModel

extension Manager {
    /// Keeps a pool's routes with the workers' slots filled in; they are published at the end of the turn.
    func take(_ poolRoutes: PoolRoutes, revision: UInt64, pool index: Int) {
        var poolRoutes = poolRoutes
        poolRoutes.workers = poolRoutes.workers.compactMap { route in
            guard let slot = slots.assign(route.id) else {
                reportSlotless(route.id)
                return nil
            }
            slotless.remove(route.id)
            var route = route
            route.slot = slot
            return route
        }
        pools[index].routes = poolRoutes
        routes.change(pool: pools[index].name, revision: revision)
    }

    /// Says once of a worker that it gets no requests: more than there is room for, in a roll perhaps.
    private func reportSlotless(_ id: WorkerID) {
        guard slotless.insert(id).inserted else { return }
        let text = "\(id) gets no requests: all \(Limits.slotsMax) places of the statistics are taken"
        report(.error, .state, id, text)
    }

    /// Tells the proxies everything that changed in this turn, in one table.
    ///
    /// A table's cost grows with the pools. So large ones are not published more often than every so many
    /// milliseconds: a thousand workers that become healthy one by one are a few tables, not a thousand.
    func publishRoutes() {
        guard !routes.changed.isEmpty else { return }
        let workers = pools.reduce(0) { $0 + ($1.routes?.workers.count ?? 0) }
        let due = routes.publishedAt + (workers > 16 ? .milliseconds(workers / 4) : .zero)
        guard clock.now >= due else { return driver.setPublishing(at: due) }
        let version = routes.advance(at: clock.now)
        let isTold = driver.publish(RoutingTable(version: version, pools: pools.compactMap(\.routes)))
        // Where there is no proxy, no request can be under way by older routes either.
        if !isTold { proxiesRouted(version: version) }
    }

    /// The time for a table that had to wait has come.
    package func publishingDue() { handleAll() }

    /// The present table, for a proxy that has just come.
    package var table: RoutingTable { RoutingTable(version: routes.version, pools: pools.compactMap(\.routes)) }

    /// Every living proxy uses this version of the routes, or a later one.
    package func proxiesRouted(version: UInt64) {
        for (pool, revision) in routes.confirmed(version) { receive(.routed(revision: revision), pool: pool) }
    }
}
