/// A pool as its profile defines it, with every default filled in: the input of every decision about the pool.
///
/// Templates such as `{n}` and `{socket}` are still in the texts; `Template` of PoolProfile fills them in per worker.
package struct PoolSpec: Hashable, Sendable, Codable {
    /// `[a-z0-9][a-z0-9_-]{0,31}`: it becomes part of file names, process titles and metrics.
    package var name: String
    /// How many workers (numprocs). 1...`Limits.workersMax`.
    package var workers: Int
    /// The number of the first worker (numprocs_start).
    package var first: Int
    /// Pools are started in ascending and stopped in descending order of priority (supervisord's `priority`).
    package var priority: Int
    package var worker: WorkerSpec
    package var front: FrontSpec
    package var balance: BalanceSpec
    package var health: HealthSpec
    package var log: LogSpec
    /// See ``scale``.
    var scaling: ScaleSpec?
    /// See ``hooks``.
    var hooking: HookSpec?

    package init(
        name: String,
        workers: Int = 1,
        first: Int = 1,
        priority: Int = 999,
        worker: WorkerSpec,
        front: FrontSpec = FrontSpec(),
        balance: BalanceSpec = BalanceSpec(),
        health: HealthSpec = HealthSpec(),
        log: LogSpec = LogSpec()
    ) {
        self.name = name
        self.workers = workers
        self.first = first
        self.priority = priority
        self.worker = worker
        self.front = front
        self.balance = balance
        self.health = health
        self.log = log
    }

    /// The ids of the pool's workers, in ascending order.
    package var workerIDs: [WorkerID] {
        (first..<first + workers).map { WorkerID(pool: name, number: $0) }
    }
}
