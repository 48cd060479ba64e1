internal import PoolAPI

/// The verdict, pool by pool, and the reasons.
enum HealthOutput {
    static func lines(_ health: HealthReply, _ style: Style) -> [String] {
        var lines = [health.healthy ? style("healthy", .good) : style("not healthy", .bad)]
        lines += health.pools.map { pool in
            var parts = ["\(pool.routable) of \(pool.workers) routable"]
            if pool.unhealthy > 0 { parts.append("\(pool.unhealthy) unhealthy") }
            if pool.fatal > 0 { parts.append("\(pool.fatal) fatal") }
            switch pool.state {
            case .holding: parts.append("its requests are held")
            case .maintenance: parts.append("its requests are refused")
            case .serving, .down, .empty: break
            }
            return "  \(TerminalText.clean(pool.pool)): \(parts.joined(separator: ", "))"
        }
        lines += health.reasons.map { "  " + style(TerminalText.clean($0), .bad) }
        return lines
    }
}
