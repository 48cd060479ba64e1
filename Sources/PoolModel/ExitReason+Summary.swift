extension ExitReason {
    /// What happened, for people: `exit status 1`, `killed by SIGKILL`, `could not be started: exec: ENOENT`.
    package var summary: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal, let coreDumped):
            "killed by \(ExitReason.signalName(signal))\(coreDumped ? " (core dumped)" : "")"
        case .outOfMemory("cgroup"): "OOM kill: the daemon's cgroup is out of memory"
        case .outOfMemory: "OOM kill: the host is out of memory"
        case .spawnFailed(let stage, let errno): "could not be started: \(stage): \(ExitReason.errorName(errno))"
        case .hookFailed(let detail), .startTimedOut(let detail): detail
        case .unknown: "ended while nobody watched"
        }
    }

    /// The name of a signal on Linux: `SIGTERM`; `signal 42` for those without.
    package static func signalName(_ signal: Int32) -> String {
        let names = [
            1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
            11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ", 31: "SYS",
        ]
        return names[Int(signal)].map { "SIG\($0)" } ?? "signal \(signal)"
    }

    /// The meaning of the errno values that starting a process or connecting to one gives.
    package static func errorName(_ errno: Int32) -> String {
        switch errno {
        case 1: "operation not permitted"
        case 2: "no such file or directory"
        case 7: "argument list too long"
        case 8: "not an executable format"
        case 11: "resource temporarily unavailable"
        case 12: "out of memory"
        case 13: "permission denied"
        case 20: "not a directory"
        case 22: "invalid argument"
        case 23, 24: "too many open files"
        case 26: "text file busy"
        case 36: "file name too long"
        case 104: "connection reset"
        case 110: "timed out"
        case 111: "connection refused"
        default: "errno \(errno)"
        }
    }
}
