internal import PoolAPI
internal import PoolCore
internal import PoolModel

/// A shutdown that is under way: pool after pool, in descending order of priority, then the proxy.
struct Stopping {
    var operation: Operation
    var force: Bool
    /// Priorities that are still to be stopped, the next one last.
    var priorities: [Int]
    /// Pools that were told to stop and have not stopped yet.
    var stopping: Set<String> = []
    /// All processes of the pools are gone.
    var isFinished = false
    /// The proxies are gone too.
    var isDrained = false
}

extension Manager {
    /// Stops everything. A second request makes the first one hurry where it says so.
    func shutdown(_ request: ShutdownRequest, actor: String) async throws -> Operation {
        beginShutdown(force: request.force, actor: actor, why: request.why)
        await savedAll()
        guard let stopping else { throw PoolError(.internal, "the shutdown has not begun") }
        return stopping.operation
    }

    package func beginShutdown(force: Bool, actor: String, why: String) {
        if var present = stopping {
            // The keeper counts from the moment at which it was asked, which may be later than ours.
            if !force { driver.limitShutdown(shutdownLimit) }
            guard force, !present.force else { return }
            present.force = true
            stopping = present
            for pool in present.stopping { command(.shutdown(force: true), to: pool, actor: actor, why: why) }
            return handleAll()
        }
        let operation = Operation(
            id: takeOperationID(),
            verb: .shutdown,
            pool: "",
            actor: actor,
            why: why,
            state: .running,
            createdAt: clock.wall
        )
        let priorities = Set(pools.map(\.machine.spec.priority)).sorted()
        driver.limitShutdown(shutdownLimit)
        stopping = Stopping(operation: operation, force: force, priorities: priorities)
        report(.notice, .daemon, nil, "shutting down\(why.isEmpty ? "" : ": \(why)")", actor: actor)
        followers.bump(.operations)
        handleAll()
    }

    /// How long a shutdown may take that goes as the profiles allow: one priority after the other, each as long as its
    /// slowest worker. Within the keeper's own limit and an hour: a profile's mistake must not keep a host from halting.
    private var shutdownLimit: Duration {
        let priorities = Dictionary(grouping: pools, by: \.machine.spec.priority)
        let sum = priorities.values.reduce(Duration.zero) { sum, pools in
            sum + (pools.map { slowestStop($0.machine.state) }.max() ?? .zero)
        }
        return min(max(sum, .seconds(120)), .seconds(3600))
    }

    /// The drain, the stop and the hooks of a pool's workers, by whichever of its profiles allows most.
    private func slowestStop(_ state: PoolState) -> Duration {
        ([state.spec] + state.others.map(\.spec)).map { spec in
            // One that begins to run as the stop comes is waited for as well.
            let hooks = spec.hooks.limit(of: .beforeStart, .afterStart, .beforeStop, .afterStop)
            return spec.worker.drainTimeout + spec.worker.stopTimeout + .seconds(10) + hooks
        }.max() ?? .zero
    }

    /// Goes on with the next pools when the ones before are down, and ends the daemon after the last.
    func advanceStopping() {
        // What the machines said last, such as the end of an operation, comes first.
        guard var present = stopping, !present.isFinished, pools.allSatisfy(\.pending.isEmpty) else { return }
        present.stopping = present.stopping.filter { name in
            guard let index = index(of: name) else { return false }
            return !pools[index].machine.isShutDown
        }
        while present.stopping.isEmpty, let priority = present.priorities.popLast() {
            for pool in pools where pool.machine.spec.priority == priority {
                present.stopping.insert(pool.name)
                stopping = present
                command(.shutdown(force: present.force), to: pool.name, actor: present.operation.actor, why: "")
            }
            runPending()
            present.stopping = present.stopping.filter { name in
                pools.first { $0.name == name }.map { !$0.machine.isShutDown } ?? false
            }
        }
        if present.stopping.isEmpty, present.priorities.isEmpty, pools.allSatisfy(\.pending.isEmpty) {
            present.isFinished = true
            stopping = present
            driver.drainProxies()
            return
        }
        stopping = present
    }

    /// The last proxy has ended: the state file is written once more, and the daemon ends.
    package func proxiesDrained() {
        guard stopping?.isFinished == true else { return }
        stopping?.operation.state = .succeeded
        stopping?.operation.result = "everything is stopped"
        stopping?.operation.finishedAt = clock.wall
        stopping?.isDrained = true
        report(.notice, .daemon, nil, "stopped")
        followers.bump(.operations)
        save()
    }

    /// Ends all streams, and the waits that answers are held back for.
    func endStreams() { followers.end() }

    /// Ends the daemon when a shutdown is complete and written.
    func endIfStopped() {
        guard stopping?.isDrained == true, !followers.isEnded else { return }
        endStreams()
        driver.end()
    }

    /// A command of the daemon's own; a refusal is an event, because nobody waits for an answer.
    private func command(_ command: PoolCommand, to pool: String, actor: String, why: String) {
        guard let index = index(of: pool) else { return }
        let request = OperationRequest(id: takeOperationID(), command: command, actor: actor, why: why)
        do {
            let actions = try pools[index].machine.submit(request, at: clock.moment)
            pools[index].pending.append(contentsOf: actions)
        } catch {
            report(.error, .operation, nil, "pool \(pool): \(error)")
        }
    }
}
