internal import PoolAPI
private import PoolClient
internal import PoolModel

/// The daemon's first process, which holds the lock of the runtime directory as long as it lives. The control socket is
/// gone some moments before it: who starts a daemon then would find the directory taken.
struct KeeperProcess {
    private let pid: Int32
    private let startTicks: String
    private let environment: ProgramEnvironment

    /// nil where the daemon is on another host, or its processes cannot be seen from here.
    init?(_ version: VersionReply?, in context: Context) {
        guard case .socket = context.endpoint, let pid = version?.keeperPid else { return nil }
        environment = context.environment
        self.pid = pid
        // A pid of another namespace would be anybody's.
        guard let line = try? environment.readFile("/proc/\(pid)/cmdline"),
            String(decoding: line.prefix { $0 != 0 }, as: UTF8.self).contains("poold"),
            let found = KeeperProcess.status(of: pid, environment)
        else { return nil }
        startTicks = found.startTicks
    }

    private static func status(
        of pid: Int32,
        _ environment: ProgramEnvironment
    ) -> (state: Substring, startTicks: String)? {
        guard let bytes = try? environment.readFile("/proc/\(pid)/stat") else { return nil }
        // The name in brackets may hold anything; what follows it may not (proc_pid_stat(5)).
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19 else { return nil }
        return (fields[0], String(fields[19]))
    }

    /// Whether it still lives, and with it its lock. A zombie holds nothing.
    private var isAlive: Bool {
        guard let status = KeeperProcess.status(of: pid, environment) else { return false }
        return status.startTicks == startTicks && status.state != "Z" && status.state != "X"
    }

    /// - Returns: whether it ended before the deadline, and before the user had enough.
    func waitForEnd(until deadline: ContinuousClock.Instant) -> Bool {
        while isAlive {
            guard ContinuousClock.now < deadline, !environment.isInterrupted() else { return false }
            // There is nothing to wait on: the process is not ours.
            _ = Poll.wait(nil, forWriting: false, until: .now.advanced(by: .milliseconds(5)))
        }
        return true
    }
}
