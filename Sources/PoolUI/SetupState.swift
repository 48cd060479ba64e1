/// The set-up: what of the settings can be changed while the dashboard runs. Every change is seen at once; nothing is
/// written unless `s` asks for it.
package struct SetupState: Hashable, Sendable {
    /// A line of the set-up.
    package enum Row: Hashable, Sendable {
        case theme, rate, logs, wrap, time, mouse
        case column(WorkerColumn)
    }

    package var selected = 0
    /// The table's columns: those that are shown in their order, then the others.
    package var columns: [WorkerColumn]

    init(shown: [WorkerColumn]?) {
        let shown = shown ?? WorkerColumn.allCases
        columns = shown + WorkerColumn.allCases.filter { !shown.contains($0) }
    }

    package var rows: [Row] { [.theme, .rate, .logs, .wrap, .time, .mouse] + columns.map { .column($0) } }
    package var row: Row { rows[min(max(0, selected), rows.count - 1)] }

    /// Frames a second that can be chosen.
    static let rates: [Double] = [0.5, 1, 2, 4, 8, 15, 30]
}
