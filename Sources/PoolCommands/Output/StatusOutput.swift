internal import PoolModel
internal import PoolAPI

/// What `poolctl status` shows: per pool a line and a table, per worker why it is not green.
enum StatusOutput {
    /// - Parameters:
    ///   - chosen: The workers to show; nil is all, and pools without workers too.
    ///   - isWide: Also address, life, generation and the time of the state's begin.
    static func lines(
        _ state: StateSnapshot,
        chosen: Set<WorkerID>? = nil,
        isWide: Bool = false,
        width: Int = .max,
        style: Style = .plain
    ) -> [String] {
        var lines: [String] = []
        for pool in state.pools {
            let workers = pool.workers.filter { chosen?.contains($0.status.id) ?? true }
            guard chosen == nil || !workers.isEmpty else { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append(header(pool, width: width, style))
            if let error = pool.profileError {
                lines.append(style("  profile not applied: \(TerminalText.clean(error))", .bad))
            }
            if let gate = pool.gate {
                lines.append(style("  " + TerminalText.clean(gate.words), .warn))
            }
            if let panic = pool.panic { lines.append(style("  panic mode: \(TerminalText.clean(panic))", .bad)) }
            guard !workers.isEmpty else { continue }
            var table = TextTable(columns: isWide ? columns + wideColumns + [why] : columns + [why])
            table.rows = workers.map { row($0, at: state.at, isWide: isWide) }
            lines += table.lines(width: width, style: style)
        }
        let active = state.operations.filter { !$0.state.isFinished }
        if chosen == nil, !active.isEmpty {
            lines.append("")
            lines += active.map {
                "\($0.id) \($0.verb.rawValue) \($0.pool): \($0.state.rawValue), \(OperationOutput.progress($0))"
            }
        }
        return lines.isEmpty ? ["no pools"] : lines
    }

    /// `example  4 of 4 routable  0.0.0.0:8080  generation 1  12.3 req/s  p99 4ms`.
    ///
    /// What does not fit any more is left out.
    private static func header(_ pool: PoolSnapshot, width: Int, _ style: Style) -> String {
        let routable = pool.workers.count { $0.status.isRoutable }
        let total = pool.workers.count
        let role: Style.Role = routable == total ? .good : routable == 0 ? .bad : .warn
        var parts: [(text: String, role: Style.Role)] = [
            (TerminalText.clean(pool.name), .strong), ("\(routable) of \(total) routable", role),
        ]
        parts += pool.listen.map { (TerminalText.clean($0.description), .plain) }
        parts.append(("generation \(pool.generation)", .plain))
        parts.append(("\(Figures.rate(pool.stats.requestsPerSecond)) req/s", .plain))
        if let p99 = pool.stats.p99Milliseconds { parts.append(("p99 \(Figures.latency(milliseconds: p99))", .plain)) }
        var used = -2
        let fitting = parts.prefix {
            used += $0.text.count + 2
            return used <= width
        }
        return fitting.map { style($0.text, $0.role) }.joined(separator: "  ")
    }

    private static let columns = [
        TextTable.Column(title: "WORKER"),
        TextTable.Column(title: "STATE"),
        TextTable.Column(title: "HEALTH"),
        TextTable.Column(title: "ADMIN", dropRank: 3),
        TextTable.Column(title: "PID", isRight: true, dropRank: 5),
        TextTable.Column(title: "UPTIME", isRight: true, dropRank: 2),
        TextTable.Column(title: "REQ/S", isRight: true, dropRank: 4),
        TextTable.Column(title: "P99", isRight: true, dropRank: 6),
        TextTable.Column(title: "CPU", isRight: true, dropRank: 8),
        TextTable.Column(title: "RSS", isRight: true, dropRank: 7),
        TextTable.Column(title: "RESTARTS", isRight: true, dropRank: 9),
    ]

    private static let wideColumns = [
        TextTable.Column(title: "LIFE", isRight: true, dropRank: 10),
        TextTable.Column(title: "GEN", isRight: true, dropRank: 11),
        TextTable.Column(title: "REQUESTS", isRight: true, dropRank: 12),
        TextTable.Column(title: "5XX", isRight: true, dropRank: 13),
        TextTable.Column(title: "ADDRESS", dropRank: 14),
    ]

    private static let why = TextTable.Column(title: "WHY", isElastic: true)

    private static func row(_ worker: WorkerSnapshot, at now: Timestamp, isWide: Bool) -> [TextTable.Cell] {
        let status = worker.status
        let uptime = status.process == nil ? nil : status.startedAt.map { now.seconds - $0.seconds }
        var cells = [
            TextTable.Cell(worker.name),
            TextTable.Cell(status.state.rawValue, role(status.state)),
            TextTable.Cell(status.health.rawValue, role(status.health)),
            TextTable.Cell(
                status.admin == .maintenance ? "maint" : status.admin.rawValue,
                status.admin == .ready ? .plain : .warn
            ),
            TextTable.Cell(status.process.map { "\($0.pid)" } ?? "-"),
            TextTable.Cell(uptime.map { Figures.duration(seconds: max(0, $0)) } ?? "-"),
            TextTable.Cell(Figures.rate(worker.traffic.requestsPerSecond)),
            TextTable.Cell(Figures.latency(milliseconds: worker.traffic.p99Milliseconds)),
            TextTable.Cell(worker.resources.map { "\(Figures.fixed($0.cpuPercent, 1))%" } ?? "-"),
            TextTable.Cell(worker.resources.map { Figures.bytes($0.rssBytes) } ?? "-"),
            TextTable.Cell("\(status.restarts)", status.restarts > 0 ? .warn : .plain),
        ]
        if isWide {
            cells += [
                TextTable.Cell("\(status.life)"),
                TextTable.Cell("\(status.generation)"),
                TextTable.Cell("\(worker.traffic.requests)"),
                TextTable.Cell("\(worker.traffic.status5xx)", worker.traffic.status5xx > 0 ? .warn : .plain),
                TextTable.Cell(status.address.description),
            ]
        }
        return cells + [TextTable.Cell(why(status, at: now), status.state == .fatal ? .bad : .warn)]
    }

    /// Why a worker takes no requests; empty where it does.
    static func why(_ status: WorkerStatus, at now: Timestamp) -> String {
        if let reason = status.reason, !reason.isEmpty { return reason }
        if status.isRoutable { return "" }
        if status.state == .backoff, let retryAt = status.retryAt {
            return "next start in \(Figures.duration(seconds: max(0, retryAt.seconds - now.seconds)))"
        }
        if status.health == .unhealthy, let probe = status.lastProbe { return "probe: \(probe.detail)" }
        if let until = status.ejectedUntil {
            return "ejected for \(Figures.duration(seconds: max(0, until.seconds - now.seconds)))"
        }
        switch status.admin {
        case .drain: return "drained by hand"
        case .maintenance: return "in maintenance"
        case .ready: return ""
        }
    }

    private static func role(_ state: ProcessState) -> Style.Role {
        switch state {
        case .running: .good
        case .starting, .stopping, .backoff: .warn
        case .fatal, .exited: .bad
        case .stopped: .dim
        }
    }

    private static func role(_ health: Health) -> Style.Role {
        switch health {
        case .healthy: .good
        case .unhealthy: .bad
        case .unknown: .dim
        }
    }
}
