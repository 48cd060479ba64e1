internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

extension Keeper {
    /// Reaps everything that has ended.
    func reap() {
        while true {
            var ended = pool_ended()
            let found = pool_peek_ended(&ended)
            if found < 0, errno == ECHILD { childrenGone() }
            if found <= 0 { return }
            reap(ended.pid)
        }
    }

    /// Reaps one child that has ended. Until then its pid, and the process group of that number, are its own.
    private func reap(_ pid: Int32) {
        // One that was taken over is no child of ours.
        let entry = children.entry(pid: pid).flatMap { $0.pidfd == nil ? $0 : nil }
        let isManager = manager?.process.pid == pid
        if isManager || entry?.killsGroupAtEnd == true { kill(-pid, SIGKILL) }
        var ended = pool_ended()
        guard pool_reap(pid, &ended) == 1 else { return }
        let end = KeeperExit(
            reason: ended.code == CLD_EXITED
                ? .exited(code: ended.status)
                : .signaled(signal: ended.status, coreDumped: ended.code == CLD_DUMPED),
            at: WallClock.now,
            cpuMicroseconds: ended.cpu_microseconds,
            residentKiBMax: ended.resident_kib_max
        )
        if isManager {
            managerEnded(end)
        } else if entry != nil, let child = children.end(pid: pid, end) {
            forget(child.process)
            tell(.exited(child))
        } else {
            // A child's child whose parent has died.
            orphanCount += 1
        }
    }
}
