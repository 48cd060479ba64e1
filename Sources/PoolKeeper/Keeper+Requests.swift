internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

extension Keeper {
    /// Does what a manager asks.
    func receive(_ bytes: [UInt8], _ descriptors: [FileDescriptor]) {
        let request: KeeperRequest
        do throws(KeeperCodecError) {
            if bytes.count > Limits.keeperMessageBytesMax { throw KeeperCodecError() }
            request = try KeeperRequest(decoding: bytes)
        } catch {
            // It does not speak our language: nothing it says can be trusted, and its successor may do better.
            console.say("the manager sent what is no message; killing it")
            if let manager { kill(manager.process.pid, SIGKILL) }
            return
        }
        switch request {
        case .hello: welcome()
        case .spawn(let id, let request, let targets, let tag):
            tell(spawn(id, request, targets, descriptors, tag: tag))
        case .signal(let id, let process, let signal, let asGroup):
            tell(.done(id: id, code: send(signal, to: process, asGroup: asGroup)))
        case .acknowledge(let process): children.acknowledge(process)
        case .store(let id, let name): tell(.done(id: id, code: store.store(descriptors.first, name: name)))
        case .drop(let name): store.drop(name: name)
        case .list(let id): list(id)
        case .ready:
            report.succeed()
            managerWorks()
        case .failed(let code, let message): report.fail(code: code, message: message)
        case .shutdownLimit(let milliseconds): limitShutdown(.milliseconds(Int64(clamping: milliseconds)))
        case .nextManager(let executable, let arguments): managerProgram = (executable, arguments)
        case .finish(let code): end(code: code)
        case .upgrade(let id, let program):
            let previous = try? FileDescriptor.open("/proc/self/exe", O_RDONLY)
            tell(.done(id: id, code: become(program, previous: previous)))
        }
    }

    private func welcome() {
        manager?.isIntroduced = true
        let welcome = KeeperWelcome(
            version: KeeperWelcome.currentVersion,
            keeper: (try? .current()) ?? ProcessIdentity(pid: getpid(), startTicks: 0),
            managerCount: managerCount,
            isStopping: phase != .running,
            orphanCount: orphanCount
        )
        tell(.welcome(welcome))
        list(0)
    }

    private func list(_ id: UInt64) {
        for child in children.children { tell(.child(child)) }
        for (name, descriptor) in store.descriptors { tell(.descriptor(name: name), descriptors: [descriptor]) }
        tell(.listed(id: id))
    }

    private func spawn(
        _ id: UInt64,
        _ request: SpawnRequest,
        _ targets: [Int32],
        _ descriptors: [FileDescriptor],
        tag: String
    ) -> KeeperNotice {
        func refuse(_ code: Int32) -> KeeperNotice {
            .spawnFailed(id: id, SpawnFailure(.request, code: code, object: request.executable))
        }
        // The others were lost on the way: there was no room for them in our table.
        guard targets.count <= descriptors.count else {
            return .spawnFailed(id: id, SpawnFailure(.descriptors, code: EMFILE, object: request.executable))
        }
        guard targets.count == descriptors.count else { return refuse(EINVAL) }
        guard tag.utf8.count <= KeeperLink.tagBytesMax else { return refuse(E2BIG) }
        // It would be two lines of the record.
        guard !tag.utf8.contains(UInt8(ascii: "\n")) else { return refuse(EINVAL) }
        guard children.runningCount < Limits.keeperChildrenMax else { return refuse(EAGAIN) }
        if case .ending = phase { return refuse(ESHUTDOWN) }
        var request = request
        if !request.limits.contains(where: { $0.resource == openFiles.resource }) { request.limits.append(openFiles) }
        request.environment += ["\(Keeper.markName)=\(mark(tag))", "\(Keeper.ownPIDName)=0"]
        let killsGroup = request.killsGroupAtEnd && request.session != .inherited
        do throws(SpawnFailure) {
            let child = try ProcessSpawner.spawn(
                request,
                descriptors: zip(targets, descriptors).map { SpawnDescriptor($1, as: $0) }
            )
            // It cannot vanish: even if it has ended by now, only we can reap it.
            let process = (try? ProcessIdentity.of(pid: child.pid)) ?? ProcessIdentity(pid: child.pid, startTicks: 0)
            makeRoom(for: child.pid)
            children.insert(KeeperChild(process: process, tag: tag), killsGroupAtEnd: killsGroup)
            remember(killsGroup ? .group : .child, process, tag: tag)
            return .spawned(id: id, process)
        } catch {
            return .spawnFailed(id: id, error)
        }
    }

    /// Signals a child that runs; returns 0 or the errno. Its pid cannot be another's: it is not reaped. One that was
    /// taken over is signalled by its pidfd.
    func send(_ signal: Int32, to process: ProcessIdentity, asGroup: Bool) -> Int32 {
        guard children.isRunning(process), let entry = children.entry(pid: process.pid) else { return ESRCH }
        guard let pidfd = entry.pidfd else {
            return kill(asGroup ? -process.pid : process.pid, signal) == 0 ? 0 : errno
        }
        if asGroup, pool_pidfd_send_signal_to_group(pidfd.raw, signal) == 0 { return 0 }
        if asGroup, errno == EINVAL, process.isRunning { return kill(-process.pid, signal) == 0 ? 0 : errno }
        return pool_pidfd_send_signal(pidfd.raw, signal) == 0 ? 0 : errno
    }
}
