internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

extension Keeper {
    /// How long the manager may take to exit after it said that everything is done.
    private static let managerGrace = Duration.seconds(2)
    /// How long killed processes may take to go; one stuck in the kernel must not hold us.
    private static let killLimit = Duration.seconds(5)

    /// A signal from the user, the system or a child.
    func handle(signal: Int32) {
        switch signal {
        case SIGCHLD: reap()
        case SIGTERM, SIGINT: stop()
        case SIGHUP: tell(.asked(.reload))
        case SIGUSR1: tell(.asked(.reopenLogs))
        default: break
        }
    }

    /// Asks the manager for a graceful shutdown; the second time, ends it.
    private func stop() {
        switch phase {
        case .running:
            phase = .stopping
            limitShutdown(options.shutdownLimit)
            // Without a manager the next one learns it from its welcome.
            tell(.asked(.stop))
        case .stopping:
            console.say("asked to stop again: killing what is left")
            end(code: 1, managerGrace: .zero)
        case .ending:
            break
        }
    }

    /// Sets the time after which a shutdown is ended by force.
    func limitShutdown(_ limit: Duration) {
        guard phase == .stopping else { return }
        if let shutdownTimer { reactor.cancel(shutdownTimer) }
        shutdownTimer = reactor.schedule(after: limit) { [weak self] in
            guard let self, phase == .stopping else { return }
            console.say("the shutdown took too long: killing what is left")
            end(code: 1, managerGrace: .zero)
        }
    }

    /// Kills what is left and ends the keeper once it is gone.
    func end(code: Int32, managerGrace: Duration = Keeper.managerGrace) {
        if case .ending = phase { return }
        phase = .ending(code: code)
        exitCode = code
        for entry in children.entries {
            if send(SIGKILL, to: entry.child.process, asGroup: true) != 0 {
                _ = send(SIGKILL, to: entry.child.process, asGroup: false)
            }
        }
        if let pid = manager?.process.pid {
            reactor.schedule(after: managerGrace) { [weak self] in
                if self?.manager?.process.pid == pid { kill(pid, SIGKILL) }
            }
        }
        reactor.schedule(after: Keeper.killLimit) { [weak self] in
            self?.console.say("some processes did not go away")
            self?.reactor.stop()
        }
        // Children that are nobody's become ours as their parents go: look until there is none.
        sweep()
        reap()
    }

    /// Kills the children that are in no table: orphans that left their process group.
    private func sweep() {
        guard case .ending = phase else { return }
        let path = "/proc/self/task/\(getpid())/children"
        let bytes = (try? FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 1 << 20, name: path)) ?? []
        for field in String(decoding: bytes, as: UTF8.self).split(separator: " ") {
            guard let pid = Int32(field), pid != manager?.process.pid else { continue }
            kill(pid, SIGKILL)
        }
        reactor.schedule(after: .milliseconds(20)) { [weak self] in self?.sweep() }
    }

    /// There is no child at all any more.
    func childrenGone() {
        if case .ending = phase, children.runningCount == 0 { reactor.stop() }
    }
}
