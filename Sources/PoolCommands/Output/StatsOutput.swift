internal import PoolAPI
internal import PoolModel

/// The figures as a table: a line for each worker, and one for the pool.
enum StatsOutput {
    static func lines(_ stats: StatsReply, width: Int, style: Style) -> [String] {
        var table = TextTable(columns: columns)
        for pool in stats.pools {
            for worker in pool.workers {
                table.rows.append(
                    row(worker.worker.description, worker.traffic, worker.resources, restarts: worker.restarts)
                )
            }
            let restarts = pool.workers.reduce(0) { $0 + $1.restarts }
            table.rows.append(row("\(pool.pool) (pool)", pool.traffic, nil, restarts: restarts))
        }
        return table.lines(width: width, style: style)
    }

    /// What belongs to no worker.
    static func proxyLines(_ stats: ProxyStats, width: Int, style: Style) -> [String] {
        var table = TextTable(columns: [
            TextTable.Column(title: "PROXY"), TextTable.Column(title: "ALL POOLS", isElastic: true),
        ])
        for fact in stats.facts(bytes: Figures.bytes) {
            table.rows.append([
                TextTable.Cell(fact.name), TextTable.Cell(fact.text, fact.isNotable ? .warn : .plain),
            ])
        }
        return table.lines(width: width, style: style)
    }

    private static let columns: [TextTable.Column] = [
        TextTable.Column(title: "WORKER"),
        right("REQUESTS", 0), right("REQ/S", 0), right("INFLIGHT", 4),
        right("2XX", 9), right("3XX", 10), right("4XX", 7), right("5XX", 1), right("ERRORS", 2), right("RETRIES", 11),
        right("P50", 5), right("P90", 8), right("P99", 3),
        right("IN", 13), right("OUT", 12), right("CPU", 6), right("RSS", 6), right("RESTARTS", 14),
    ]

    private static func right(_ title: String, _ rank: Int) -> TextTable.Column {
        TextTable.Column(title: title, isRight: true, dropRank: rank)
    }

    private static func row(
        _ name: String,
        _ traffic: TrafficStats,
        _ resources: ResourceStats?,
        restarts: Int
    ) -> [TextTable.Cell] {
        [
            TextTable.Cell(name),
            TextTable.Cell("\(traffic.requests)"),
            TextTable.Cell(Figures.rate(traffic.requestsPerSecond)),
            TextTable.Cell("\(traffic.inFlight)"),
            TextTable.Cell("\(traffic.status2xx)"),
            TextTable.Cell("\(traffic.status3xx)"),
            TextTable.Cell("\(traffic.status4xx)"),
            TextTable.Cell("\(traffic.status5xx)", traffic.status5xx > 0 ? .warn : .plain),
            TextTable.Cell("\(traffic.errors)", traffic.errors > 0 ? .warn : .plain),
            TextTable.Cell("\(traffic.retries)"),
            TextTable.Cell(Figures.latency(milliseconds: traffic.p50Milliseconds)),
            TextTable.Cell(Figures.latency(milliseconds: traffic.p90Milliseconds)),
            TextTable.Cell(Figures.latency(milliseconds: traffic.p99Milliseconds)),
            TextTable.Cell(Figures.bytes(traffic.bytesIn)),
            TextTable.Cell(Figures.bytes(traffic.bytesOut)),
            TextTable.Cell(resources.map { "\(Figures.fixed($0.cpuPercent, 1))%" } ?? "-"),
            TextTable.Cell(resources.map { Figures.bytes($0.rssBytes) } ?? "-"),
            TextTable.Cell("\(restarts)"),
        ]
    }
}
