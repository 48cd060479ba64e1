internal import PoolAPI
private import PoolModel

/// What a reload did, or would do.
enum ReloadOutput {
    static func lines(_ reply: ReloadReply, _ style: Style) -> [String] {
        var lines = reply.pools.isEmpty ? ["no pools"] : reply.pools.flatMap { Self.lines($0, style) }
        if let daemon = reply.daemon {
            lines.append("daemon: \(outcome(daemon.outcome, style)) (\(TerminalText.clean(daemon.path)))")
            lines += daemon.problems.map { "  \(TerminalText.clean($0))" }
        }
        return lines
    }

    private static func outcome(_ outcome: PoolReload.Outcome, _ style: Style) -> String {
        let role: Style.Role =
            switch outcome {
            case .unchanged: .dim
            case .applied, .added: .good
            case .refused: .bad
            case .differs, .removed: .warn
            }
        return style(outcome.rawValue, role)
    }

    private static func lines(_ pool: PoolReload, _ style: Style) -> [String] {
        var lines = [
            "\(TerminalText.clean(pool.pool)): \(outcome(pool.outcome, style)), generation \(pool.generation)"
                + " (\(TerminalText.clean(pool.path)))"
        ]
        if !pool.changed.isEmpty { lines.append("  changes: \(pool.changed.joined(separator: ", "))") }
        if !pool.restarts.isEmpty {
            lines.append("  restarts: \(pool.restarts.map(\.description).joined(separator: ", "))")
        }
        lines += pool.issues.map { "  \(line($0))" }
        return lines
    }

    /// `profiles/x.toml:12:3: error: …; did you mean …`.
    static func line(_ issue: ProfileIssueRecord) -> String {
        var text = issue.path ?? "profile"
        if let number = issue.line { text += ":\(number)" }
        if let column = issue.column { text += ":\(column)" }
        text += ": \(issue.severity.rawValue): \(issue.message)"
        if let suggestion = issue.suggestion { text += "; \(suggestion)" }
        return TerminalText.clean(text)
    }
}
