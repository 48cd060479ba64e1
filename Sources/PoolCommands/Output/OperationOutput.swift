internal import PoolModel

/// Operations as text: progress while they run, a verdict at the end.
enum OperationOutput {
    /// `2 of 4 done`, and what is being done just now.
    static func progress(_ operation: Operation) -> String {
        let done = operation.steps.count { $0.state.isFinished }
        let current = operation.steps.first { $0.state == .running }.map { "; \($0.worker): \($0.detail)" } ?? ""
        return "\(done) of \(operation.steps.count) done\(TerminalText.clean(current))"
    }

    /// `op-17 restart example: succeeded: 4 workers restarted`.
    static func verdict(_ operation: Operation, _ style: Style) -> String {
        let role: Style.Role =
            switch operation.state {
            case .succeeded: .good
            case .failed, .rolledBack: .bad
            case .queued, .running, .paused, .cancelled: .warn
            }
        let result = operation.result.map { ": \(TerminalText.clean($0))" } ?? ""
        return "\(title(operation)): \(style(operation.state.rawValue, role))\(result)"
    }

    /// `op-17 restart example`.
    static func title(_ operation: Operation) -> String {
        "\(operation.id) \(operation.verb.rawValue) \(TerminalText.clean(operation.pool))"
    }

    /// The hooks of the whole operation: `before_roll hook: succeeded`.
    static func hooks(_ operation: Operation) -> [String] {
        (operation.hooks ?? []).map {
            "\($0.hook.rawValue) hook \($0.state.rawValue)\($0.detail.isEmpty ? "" : ": ")\(TerminalText.clean($0.detail))"
        }
    }

    /// A line for each step that is new or different since the last look: what a pipe gets.
    static func steps(_ operation: Operation, since last: Operation?, _ style: Style) -> [String] {
        operation.steps.enumerated().compactMap { index, step in
            if let last, index < last.steps.count, last.steps[index] == step { return nil }
            if step.state == .queued { return nil }
            let role: Style.Role =
                switch step.state {
                case .succeeded: .good
                case .failed, .rolledBack: .bad
                case .queued, .running, .paused, .cancelled: .plain
                }
            let detail = step.detail.isEmpty ? "" : ": \(TerminalText.clean(step.detail))"
            return "\(operation.id) \(step.worker): \(style(step.state.rawValue, role))\(detail)"
        }
    }

    /// `op-17 restart example [######------]  2 of 4 done; example_3: waiting for health`, cut to the width.
    static func bar(_ operation: Operation, width: Int) -> String {
        let total = max(1, operation.steps.count)
        let cells = 20
        let full = operation.steps.count { $0.state.isFinished } * cells / total
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: cells - full)
        return String("\(title(operation)) [\(bar)] \(progress(operation))".prefix(max(20, width - 1)))
    }

    static func list(_ operations: [Operation], at now: Timestamp, width: Int, style: Style) -> [String] {
        guard !operations.isEmpty else { return ["no operations"] }
        var table = TextTable(columns: [
            TextTable.Column(title: "OPERATION"), TextTable.Column(title: "VERB"), TextTable.Column(title: "POOL"),
            TextTable.Column(title: "STATE"), TextTable.Column(title: "AGE", isRight: true, dropRank: 1),
            TextTable.Column(title: "ACTOR", dropRank: 3), TextTable.Column(title: "WHY", dropRank: 2),
            TextTable.Column(title: "RESULT", isElastic: true),
        ])
        table.rows = operations.map {
            [
                TextTable.Cell($0.id.description), TextTable.Cell($0.verb.rawValue), TextTable.Cell($0.pool),
                TextTable.Cell($0.state.rawValue, $0.state == .failed ? .bad : .plain),
                TextTable.Cell(Figures.duration(seconds: max(0, now.seconds - $0.createdAt.seconds))),
                TextTable.Cell($0.actor), TextTable.Cell($0.why),
                TextTable.Cell($0.result ?? progress($0)),
            ]
        }
        return table.lines(width: width, style: style)
    }
}
