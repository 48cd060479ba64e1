package import PoolModel

extension WorkerStatus {
    /// Why the worker is not green, in one line; nil where it is.
    package func why(now: Timestamp) -> String? {
        if isRoutable { return nil }
        if let reason, !reason.isEmpty { return LogText.clean(reason) + retry(now: now) }
        switch state {
        case .running where health == .unhealthy:
            return lastProbe.map { "\($0.phase.rawValue): \(LogText.clean($0.detail))" }
        case .running where admin == .drain: return "gets no new requests"
        case .running where admin == .maintenance: return "taken out by hand"
        case .running where health == .unknown: return "waits for its first probe"
        case .starting: return "process started, not ready yet"
        case .backoff, .fatal, .exited: return (lastExit.map { $0.text } ?? "ended") + retry(now: now)
        case .stopping: return "waits for its requests to end"
        case .running, .stopped: return nil
        }
    }

    private func retry(now: Timestamp) -> String {
        guard state == .backoff, let retryAt else { return "" }
        return "; try \(attempt + 1) in \(Figures.age(max(0, retryAt.seconds - now.seconds)))"
    }
}

extension ExitReason {
    /// For people: `exit status 1`, `killed by signal 9`.
    package var text: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal, let dumped): "killed by signal \(signal)\(dumped ? " (core dumped)" : "")"
        case .outOfMemory: "OOM kill"
        case .spawnFailed(let stage, let errno): "could not be started: \(stage), errno \(errno)"
        case .hookFailed(let detail): LogText.clean(detail)
        case .startTimedOut(let detail): "not ready in time: \(LogText.clean(detail))"
        case .unknown: "ended, status unknown"
        }
    }
}
