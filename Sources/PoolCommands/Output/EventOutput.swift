internal import PoolModel

/// An event on one line.
enum EventOutput {
    /// `07:41:05.120 warning health example_3: unhealthy: connection refused (alice (uid 1000))`.
    static func line(_ event: PoolEvent, _ style: Style) -> String {
        let role: Style.Role =
            switch event.severity {
            case .info: .dim
            case .notice: .plain
            case .warning: .warn
            case .error: .bad
            }
        let severity = event.severity.rawValue.padded(to: 7)
        let object = event.worker?.description ?? event.pool
        var line = "\(style(event.at.timeOfDay, .dim)) \(style(severity, role)) \(event.kind.rawValue.padded(to: 9)) "
        // Most messages name their object themselves.
        if let object, !event.message.hasPrefix(object) { line += "\(TerminalText.clean(object)): " }
        line += TerminalText.clean(event.message)
        if let actor = event.actor { line += style(" by \(TerminalText.clean(actor))", .dim) }
        if let operation = event.operation { line += style(" [\(operation)]", .dim) }
        return line
    }
}

extension String {
    /// With spaces behind it, for ASCII in columns.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - utf8.count)) }
}
