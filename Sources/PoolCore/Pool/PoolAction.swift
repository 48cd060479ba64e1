package import PoolModel

/// What a ``PoolMachine`` wants done. Actions are run in the order given; what comes of them comes back as events.
package enum PoolAction: Hashable, Sendable {
    /// Write ``PoolMachine/state`` to the state file. Always the first of its batch. Urgent: before any other action
    /// is run and before anybody is answered, because it holds what somebody asked for. Not urgent: within a second,
    /// because the keeper can tell it again.
    case persist(urgent: Bool)
    /// Remove what an earlier life left at the worker's unix address, if nobody listens there any more.
    case cleanSocket(WorkerID, life: Life, Address)
    /// Start a process from ``PoolMachine/spec(of:)`` of the generation. Answered by `spawned` or `spawnFailed`.
    case spawn(WorkerID, life: Life, generation: Generation)
    /// Run a hook of its generation's profile. Answered by `hookEnded`, at the latest after the hooks' timeout.
    case runHook(HookRun)
    /// Signal a process, or its group. `signal` is a name without SIG, such as `TERM`.
    case signal(WorkerID, life: Life, ProcessIdentity, signal: String, group: Bool)
    /// Kill a process (and its group) that no worker of this pool answers for: a double from a lost state file.
    case killStray(WorkerID, life: Life, ProcessIdentity)
    /// Send a probe through the proxy. Answered by `probed`, at the latest after the timeout of the health spec.
    case probe(WorkerID, life: Life)
    /// Try to connect to the worker's address. Answered by `listenChecked`.
    case checkListening(WorkerID, life: Life, Address)
    /// Read how many requests the worker has in flight, over all proxies. Answered by `inFlight`.
    case checkInFlight(WorkerID, life: Life)
    /// Tell the proxies. The slots are 0 here: they are unique over all pools, so who runs the action fills them in.
    /// Answered by `routed` with the revision once every living proxy uses it (at once where there is none).
    case publishRoutes(PoolRoutes, revision: UInt64)
    /// Number and record an event.
    case emit(PoolEvent)
    /// An operation began, advanced or ended.
    case operationChanged(Operation)
    /// The worker has left the pool for good: its slot and its series can be given away.
    case released(WorkerID)
    /// ``PoolMachine/spec`` is another one: listeners, logs and what else is not a worker's follows it.
    case generationChanged(Generation)
    /// Send `deadlineReached` at this time; replaces the one before. nil: not at all.
    case setDeadline(Duration?)
}
