/// What the proxy knows: fronts, workers, rules. The manager publishes a new one for every change; the proxy swaps
/// to it whole, and stays on the last one while there is no manager.
package struct RoutingTable: Hashable, Sendable, Codable {
    /// One more for each published table.
    package var version: UInt64
    package var pools: [PoolRoutes]

    package init(version: UInt64, pools: [PoolRoutes]) {
        self.version = version
        self.pools = pools
    }
}

/// One pool's part of the routing table.
package struct PoolRoutes: Hashable, Sendable, Codable {
    package var name: String
    package var front: FrontSpec
    package var balance: BalanceSpec
    /// All workers that have an address, routable or not: a probe may name one that is not.
    package var workers: [WorkerRoute]
    /// Requests are held (bounded by the front's queue) rather than refused while nobody is routable.
    package var isHolding: Bool
    /// nil lets requests through.
    package var gate: FrontGate?

    package init(
        name: String,
        front: FrontSpec,
        balance: BalanceSpec,
        workers: [WorkerRoute],
        isHolding: Bool = false,
        gate: FrontGate? = nil
    ) {
        self.gate = gate
        self.name = name
        self.front = front
        self.balance = balance
        self.workers = workers
        self.isHolding = isHolding
    }
}

/// One worker as the proxy sees it.
package struct WorkerRoute: Hashable, Sendable, Codable {
    package var id: WorkerID
    /// The worker's place in the statistics segment: unique over all pools, kept while the worker exists.
    package var slot: Int
    package var address: Address
    /// A new life means a new process: idle connections to the old one are closed.
    package var life: Life
    package var isRoutable: Bool
    /// Share of the requests under weighted algorithms; 0...256.
    package var weight: Int

    package init(id: WorkerID, slot: Int, address: Address, life: Life, isRoutable: Bool, weight: Int = 1) {
        self.id = id
        self.slot = slot
        self.address = address
        self.life = life
        self.isRoutable = isRoutable
        self.weight = weight
    }
}
