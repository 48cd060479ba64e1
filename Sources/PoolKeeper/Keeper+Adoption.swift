internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

/// What a keeper finds of one before it that was killed: its manager is ended, its living children are taken over.
///
/// They are not our children: a pidfd says when one has ended, and how is known only from Linux 6.15 on, once their
/// new parent has reaped it. Nothing goes by a pid alone: each is compared with the start time in the record.
extension Keeper {
    /// The names that every process of ours carries in its environment.
    static let markName = "POOL_PROCESS"
    static let ownPIDName = "POOL_PID"

    /// What is written on a process: whose it is, and what it is.
    func mark(_ tag: String) -> String { "\(options.directories.runtime):\(tag)" }

    /// Takes over what the record of an earlier keeper names. Before the first manager is started.
    func adopt(_ left: [ChildRecord.Entry]) {
        for entry in left where entry.kind == .manager { endManager(entry.process) }
        for entry in left where entry.kind != .manager { adopt(entry) }
        killStrays { _ in true }
        let living = children.runningCount
        let ended = children.children.count - living
        if living + ended == 0 { return }
        console.say("the keeper before this one was killed: took over \(living) processes; \(ended) have ended")
    }

    func adopt(_ entry: ChildRecord.Entry) {
        let child = KeeperChild(process: entry.process, tag: entry.tag)
        do throws(SystemError) {
            guard entry.process.isRunning else { throw SystemError("pidfd_open", code: ESRCH) }
            let pidfd = try entry.process.open()
            let pid = entry.process.pid
            children.insert(child, killsGroupAtEnd: entry.kind == .group, pidfd: pidfd)
            try reactor.watch(pidfd.raw, .readable) { [weak self] _ in self?.adoptedEnded(pid) }
        } catch {
            children.insert(child, killsGroupAtEnd: false)
            _ = children.end(pid: entry.process.pid, KeeperExit(unknownAt: WallClock.now))
            forget(entry.process)
        }
    }

    /// Ends the manager of a keeper that was killed. It ends by itself when its link does, unless it hangs: and two
    /// managers must never run.
    private func endManager(_ process: ProcessIdentity) {
        forget(process)
        guard let pidfd = try? process.open() else { return }
        _ = pool_pidfd_send_signal(pidfd.raw, SIGKILL)
        _ = pidfd.waitReadable(seconds: 5)
    }

    /// A process that was taken over has ended: its status is there when its parent, who is a stranger to us, has
    /// reaped it.
    private func adoptedEnded(_ pid: Int32) {
        guard let entry = children.entry(pid: pid), let pidfd = entry.pidfd else { return }
        reactor.unwatch(pidfd.raw)
        finishAdopted(entry, pidfd, triesLeft: 5)
    }

    private func finishAdopted(_ entry: ChildTable.Entry, _ pidfd: FileDescriptor, triesLeft: Int) {
        var status: Int32 = 0
        let found = pool_pidfd_exit_status(pidfd.raw, &status)
        if found == 0, triesLeft > 0 {
            reactor.schedule(after: .milliseconds(10)) { [weak self] in
                self?.finishAdopted(entry, pidfd, triesLeft: triesLeft - 1)
            }
            return
        }
        if entry.killsGroupAtEnd {
            let tag = entry.child.tag
            killStrays { $0 == tag }
        }
        var end = KeeperExit(unknownAt: WallClock.now)
        if found == 1 { end.reason = ExitReason(waitStatus: status) }
        ended(entry.child.process, end)
        if children.runningCount == 0 { reap() }
    }

    /// A process that was taken over is gone.
    private func ended(_ process: ProcessIdentity, _ end: KeeperExit) {
        forget(process)
        // It may have been told already: see makeRoom.
        guard children.isRunning(process), let child = children.end(pid: process.pid, end) else { return }
        tell(.exited(child))
    }

    /// A new child has the pid of one that was taken over, so that one has ended, and its end is on its way to us.
    func makeRoom(for pid: Int32) {
        if let entry = children.entry(pid: pid) { ended(entry.child.process, KeeperExit(unknownAt: WallClock.now)) }
    }

    /// Kills what is left of the groups of processes that are gone, and of one that was started so shortly before the
    /// keeper's death that it is in no record.
    ///
    /// - Parameter isWanted: whether processes of this tag are looked at.
    private func killStrays(_ isWanted: (String) -> Bool) {
        let prefix = mark("")
        for pid in ProcessList.pids where pid != getpid() {
            guard let process = try? ProcessIdentity.of(pid: pid) else { continue }
            let environment = ProcessList.environment(of: pid)
            guard let mark = environment[Keeper.markName], mark.hasPrefix(prefix),
                isWanted(String(mark.dropFirst(prefix.count))),
                let leader = environment[Keeper.ownPIDName].flatMap({ Int32($0) }),
                // A child that left the group was meant to go on.
                (try? ProcessEntry.of(pid: pid))?.processGroup == leader,
                !isOurs(leader)
            else { continue }
            // Opened by its start time, so that what was read is of the very process that is killed.
            try? process.send(signal: SIGKILL)
        }
    }

    private func isOurs(_ pid: Int32) -> Bool {
        guard let entry = children.entry(pid: pid) else { return false }
        return entry.child.process.isRunning
    }
}

extension KeeperExit {
    /// An end that nobody saw.
    init(unknownAt time: Timestamp) {
        self.init(reason: .unknown, at: time, cpuMicroseconds: 0, residentKiBMax: 0)
    }
}

extension ExitReason {
    /// From the status that wait(2) gives.
    init(waitStatus status: Int32) {
        let signal = status & 0x7F
        self =
            signal == 0
            ? .exited(code: (status >> 8) & 0xFF) : .signaled(signal: signal, coreDumped: status & 0x80 != 0)
    }
}
