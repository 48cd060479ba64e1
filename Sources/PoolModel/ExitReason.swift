/// How a process ended, or why it never began.
package enum ExitReason: Hashable, Sendable, Codable {
    case exited(code: Int32)
    case signaled(signal: Int32, coreDumped: Bool)
    /// The kernel killed it for want of memory: within our own cgroup (`cgroup`), or of the host (`host`).
    case outOfMemory(scope: String)
    /// The process could not be started: the step that failed (`exec /usr/bin/app`, `chdir /srv` …) and the errno.
    case spawnFailed(stage: String, errno: Int32)
    /// The hook before its start failed, so there was no process: which one, and how.
    case hookFailed(detail: String)
    /// It was alive but not ready within the start limit, and was stopped for it.
    case startTimedOut(detail: String)
    /// The status was lost: the process was adopted after its parent had died.
    case unknown

    /// Whether it ended as one that was asked to, or that had nothing more to do, would.
    package func isExpected(exitCodes: [Int32]) -> Bool {
        if case .exited(let code) = self { exitCodes.contains(code) } else { false }
    }
}
