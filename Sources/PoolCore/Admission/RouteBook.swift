package import PoolModel

/// What the proxies were told last, and how far they are.
package struct RouteBook: Hashable, Sendable, Codable {
    /// One more for each published table of the pool; goes on over restarts of the manager.
    package private(set) var revision: UInt64 = 0
    /// The revision that every living proxy uses, or a later one.
    package private(set) var applied: UInt64 = 0
    /// Not in the state file: a new manager publishes anew.
    private var last: PoolRoutes?

    private enum CodingKeys: CodingKey { case revision }

    package init() {}

    /// Builds the pool's routes from its workers.
    package static func routes(spec: PoolSpec, workers: [WorkerSlot], gate: FrontGate? = nil) -> PoolRoutes {
        var isAnyRoutable = false
        var isAnyComing = false
        // By index: an iterator would copy each worker.
        let routes = workers.indices.map { index in
            let isRoutable = workers[index].isRoutable
            isAnyRoutable = isAnyRoutable || isRoutable
            isAnyComing = isAnyComing || workers[index].isComing
            return WorkerRoute(
                id: workers[index].id,
                slot: 0,
                address: workers[index].address,
                life: workers[index].machine.life,
                isRoutable: isRoutable,
                weight: workers[index].weight
            )
        }
        return PoolRoutes(
            name: spec.name,
            front: spec.front,
            balance: spec.balance,
            workers: routes,
            isHolding: !isAnyRoutable && isAnyComing,
            gate: gate
        )
    }

    /// The revision under which these routes are to be published; nil where the proxies have them already.
    package mutating func publish(_ routes: PoolRoutes) -> UInt64? {
        guard routes != last else { return nil }
        last = routes
        revision += 1
        return revision
    }

    /// A new manager cannot know what the proxies have: it publishes again.
    package mutating func forget() {
        last = nil
        applied = 0
    }

    package mutating func applied(_ revision: UInt64) { applied = max(applied, min(revision, self.revision)) }

    /// Whether no proxy sends anything to a worker that is left out from this revision on.
    package func isOut(since revision: UInt64?) -> Bool { revision.map { applied >= $0 } ?? false }
}

extension WorkerSlot {
    /// Routes are published as this revision, with the worker or without it.
    mutating func note(_ revision: UInt64) {
        if !isRoutable {
            joinsRotation = nil
            leftRotation = leftRotation ?? revision
        } else if leftRotation != nil {
            leftRotation = nil
            joinsRotation = revision
        }
    }
}
