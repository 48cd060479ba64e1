package import PoolModel

extension BackoffPolicy {
    /// The wait before the next start, after so many failed starts in a row. With the defaults, without jitter:
    ///
    /// | failures | 1 | 2 | 3 | 4 | 5 | 6 | 7 |
    /// |---|---|---|---|---|---|---|---|
    /// | seconds | 0.5 | 1 | 2 | 4 | 8 | 16 | 30 |
    package func delay(failures: Int, random: inout SeededRandom) -> Duration {
        var delay = min(initial, maximum)
        for _ in 1..<max(1, failures) where delay < maximum { delay = min(delay * 2, maximum) }
        return delay + delay.scaled(by: jitter * random.unit())
    }
}

extension WorkerSpec {
    /// Whether a process that was RUNNING and ended by itself is to be started again.
    package func restarts(after reason: ExitReason) -> Bool {
        switch autorestart {
        case .always: true
        case .never: false
        case .unexpected: !reason.isExpected(exitCodes: exitCodes)
        }
    }
}
