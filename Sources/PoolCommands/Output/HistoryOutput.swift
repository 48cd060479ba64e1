internal import PoolAPI
internal import PoolModel

/// The last hour as a table for each pool or worker: a line for each ten seconds.
enum HistoryOutput {
    static func lines(_ history: HistoryReply, width: Int, style: Style) -> [String] {
        var lines: [String] = []
        for series in history.series {
            if !lines.isEmpty { lines.append("") }
            lines.append(series.worker?.description ?? "\(series.pool) (pool)")
            guard !series.points.isEmpty else {
                lines.append("  nothing yet: the first comes \(history.bucketSeconds) s after the manager's start")
                continue
            }
            var table = TextTable(columns: columns)
            for point in series.points { table.rows.append(row(point, seconds: Double(history.bucketSeconds))) }
            lines += table.lines(width: width, style: style)
        }
        return lines
    }

    private static let columns: [TextTable.Column] = [
        TextTable.Column(title: "UNTIL"), right("REQ/S", 0), right("FAILED/S", 1), right("INFLIGHT", 4),
        right("P99", 3),
        right("CPU", 2), right("RSS", 5),
    ]

    private static func right(_ title: String, _ rank: Int) -> TextTable.Column {
        TextTable.Column(title: title, isRight: true, dropRank: rank)
    }

    private static func row(_ point: HistoryPoint, seconds: Double) -> [TextTable.Cell] {
        [
            TextTable.Cell(point.at.timeOfDay),
            TextTable.Cell(Figures.rate(Double(point.requests) / seconds)),
            TextTable.Cell(Figures.rate(Double(point.failures) / seconds), point.failures > 0 ? .warn : .plain),
            TextTable.Cell("\(point.inFlight)"),
            TextTable.Cell(Figures.latency(milliseconds: point.p99Milliseconds)),
            TextTable.Cell("\(Figures.fixed(point.cpuPercent, 1))%"),
            TextTable.Cell(Figures.bytes(point.rssBytes)),
        ]
    }
}
