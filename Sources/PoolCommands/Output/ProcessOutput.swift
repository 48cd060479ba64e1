internal import PoolAPI
private import PoolModel

/// The processes of workers, each below its parent.
enum ProcessOutput {
    static func lines(_ details: [WorkerDetail]) -> [String] {
        var table = [["WORKER", "PID", "ST", "RSS", "CPU", "NAME"]]
        for detail in details {
            for process in detail.processes {
                let indent = process.depth > 0 ? String(repeating: "  ", count: min(process.depth - 1, 12)) + "+ " : ""
                let role = process.gunicorn.map { " (gunicorn \($0.summary))" } ?? ""
                table.append([
                    "\(detail.worker)", "\(process.pid)", TerminalText.clean(process.state),
                    "\(process.rssBytes >> 20)M", "\(Int(max(0, min(process.cpuSeconds, 1e9))))s",
                    indent + TerminalText.clean(process.name) + role,
                ])
            }
            if detail.processes.isEmpty { table.append(["\(detail.worker)", "-", "-", "-", "-", "-"]) }
        }
        let widths = (0..<5).map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }
            return (cells + [row[5]]).joined(separator: "  ")
        }
    }
}
