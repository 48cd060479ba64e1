internal import Glibc
internal import PoolCore
internal import PoolModel
internal import PoolOS

/// Processes, from the sockets that they inherit to their ends.
extension SystemDriver {
    func spawn(_ start: WorkerStart) {
        let (id, life) = (start.worker, start.life)
        do throws(LaunchFailure) {
            let launch = try WorkerLaunch(start, directories: directories, inherited: inherited)
            try prepareDirectory(start)
            let descriptors = try prepareSocket(start, launch) + logs.open(id, life: life, spec: start.spec)
            let tag = ChildTag.worker(id, life: life, generation: start.generation).text
            link.spawn(launch.request, descriptors: descriptors, tag: tag) { [weak self] result in
                self?.spawned(id, life: life, result)
            }
        } catch {
            fail(start, error)
        }
    }

    /// The pool's directory belongs to whom this process is to run as: a reload may have changed that.
    private func prepareDirectory(_ start: WorkerStart) throws(LaunchFailure) {
        do throws(SystemError) {
            try runDirectories.prepare(start.spec)
        } catch {
            throw LaunchFailure(stage: "runtime directory", errno: error.code, message: "\(error)")
        }
    }

    /// The socket that the process inherits, where it does; else its own is to get its mode.
    private func prepareSocket(
        _ start: WorkerStart,
        _ launch: WorkerLaunch
    ) throws(LaunchFailure) -> [SpawnDescriptor] {
        let spec = start.spec.worker
        guard spec.inheritsSocket else {
            sockets.release(start.worker)
            sockets.expect(start.worker, mode: spec.socketMode, at: launch.address)
            return []
        }
        let owner = launch.request.credentials
        let access = ListeningSocket.Access(
            mode: spec.socketMode ?? 0o660,
            userID: owner?.userID,
            groupID: owner?.groupID
        )
        do throws(SystemError) {
            let socket = try sockets.socket(for: start.worker, at: launch.address, access: access)
            return [SpawnDescriptor(socket, as: 3)]
        } catch {
            throw LaunchFailure(stage: "listen", errno: error.code, message: "\(error)")
        }
    }

    private func spawned(_ id: WorkerID, life: Life, _ result: Result<ProcessIdentity, SpawnFailure>) {
        switch result {
        case .success(let process):
            follow(id, life: life, process)
            // In the same round, so that a word of the process's that was here before it comes after it.
            deliver(.spawned(id, life: life, process), pool: id.pool)
        case .failure(let failure):
            deliver(.spawnFailed(id, life: life, stage: failure.step, errno: failure.code), pool: id.pool)
        }
    }

    /// A start that did not get as far as the keeper. The errno says little of a template or a user: the text goes
    /// into the events.
    private func fail(_ start: WorkerStart, _ failure: LaunchFailure) {
        let (stage, errno) = (failure.stage, failure.errno)
        tell {
            $0.report(.error, .state, start.worker, failure.message)
            let event = PoolMachine.Event.spawnFailed(start.worker, life: start.life, stage: stage, errno: errno)
            $0.receive(event, pool: start.worker.pool)
        }
    }

    /// A child of the keeper's has ended.
    func exited(_ child: KeeperChild) {
        guard let end = child.end else { return }
        switch ChildTag(child.tag) {
        case .worker(let id, let life, _):
            logs.ended(id, life: life)
            stats.forget(id)
            notices?.forget(child.process)
            roundExits.append(child.process)
            deliver(.exited(id, life: life, explained(end.reason, of: child.process)), pool: id.pool)
        case .proxy(let number, _, _):
            link.acknowledge(child.process)
            proxies.exited(number, end.reason)
        case .hook:
            link.acknowledge(child.process)
            hooks.exited(child.process, end.reason)
        case nil:
            link.acknowledge(child.process)
        }
    }

    func runHook(_ start: HookStart) { hooks.run(start) }

    /// Ends a hook that an earlier manager has left: what waited for it has it run again.
    func endDeserted(_ child: KeeperChild) { link.signal(child.process, SIGKILL, asGroup: true) }

    func signal(_ process: ProcessIdentity, signal name: String, asGroup: Bool) {
        guard let number = SignalName.number(of: name) else { return }
        if number == SIGKILL { memory.sentKill(to: process) }
        // ESRCH: it has ended meanwhile, and its exit is on its way.
        link.signal(process, number, asGroup: asGroup)
    }

    func cleanSocket(_ address: Address) -> String? {
        guard case .unix(let path) = address, !sockets.holds(address) else { return nil }
        do throws(SystemError) {
            try ListeningSocket.removeStale(path)
            return nil
        } catch {
            switch error.code {
            case EADDRINUSE: return "somebody else listens at \(path)"
            case EEXIST: return "\(path) is in the way: it is not a socket"
            default: return error.description
            }
        }
    }

    /// A death by a KILL that the kernel sent is told as that.
    private func explained(_ reason: ExitReason, of process: ProcessIdentity) -> ExitReason {
        let isKilled = if case .signaled(SIGKILL, _) = reason { true } else { false }
        let now = MonotonicClock.now
        if isKilled { memory.read(host.oomKills, at: now) }
        return memory.explain(endOf: process, isKilled: isKilled, at: now).map { .outOfMemory(scope: $0.rawValue) }
            ?? reason
    }
}
