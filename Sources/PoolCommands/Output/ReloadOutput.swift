internal import PoolAPI
private import PoolModel

/// What a reload did, or would do.
enum ReloadOutput {
    static func lines(_ reply: ReloadReply, _ style: Style) -> [String] {
        guard !reply.pools.isEmpty else { return ["no pools"] }
        return reply.pools.flatMap { pool in
            let role: Style.Role =
                switch pool.outcome {
                case .unchanged: .dim
                case .applied: .good
                case .refused: .bad
                case .differs: .warn
                }
            var lines = [
                "\(TerminalText.clean(pool.pool)): \(style(pool.outcome.rawValue, role)), generation \(pool.generation)"
                    + " (\(TerminalText.clean(pool.path)))"
            ]
            if !pool.changed.isEmpty { lines.append("  changes: \(pool.changed.joined(separator: ", "))") }
            if !pool.restarts.isEmpty {
                lines.append("  restarts: \(pool.restarts.map(\.description).joined(separator: ", "))")
            }
            lines += pool.issues.map { "  \(line($0))" }
            return lines
        }
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
