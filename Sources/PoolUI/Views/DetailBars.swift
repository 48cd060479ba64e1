internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The worker's latencies of the last minute as a histogram, and its answers by kind.
struct DetailBars {
    var traffic: TrafficStats
    /// nil while the daemon has not said them.
    var bands: [LatencyBand]?
    var glyphs: Glyphs

    private struct Bar {
        var name: String
        var value: Double
        var figure: String
        var role = Role.graph
    }

    func draw(in rect: Rect, on screen: inout Screen) {
        guard rect.height >= 3, rect.width >= 16 else { return }
        let answers = [
            Bar(name: "2xx", value: Double(traffic.status2xx), figure: Figures.count(traffic.status2xx), role: .gauge),
            Bar(name: "3xx", value: Double(traffic.status3xx), figure: Figures.count(traffic.status3xx)),
            Bar(name: "4xx", value: Double(traffic.status4xx), figure: Figures.count(traffic.status4xx), role: .warn),
            Bar(
                name: "5xx",
                value: Double(traffic.status5xx),
                figure: Figures.count(traffic.status5xx),
                role: .graphBad
            ),
        ]
        // The latencies say more than the answers: these get a line where there are few.
        let isLow = rect.height < answers.count + 8
        let room = rect.height - (isLow ? 2 : answers.count + 2)
        let latencies = latencies(rows: room)
        screen.put(title, x: rect.x, y: rect.y, role: .dim, limit: rect.width)
        draw(latencies, in: rect, from: rect.y + 1, on: &screen)
        let y = rect.y + 1 + latencies.count
        guard !isLow else {
            let text = "answers  2xx \(answers[0].figure)  4xx \(answers[2].figure)  5xx \(answers[3].figure)"
            if y < rect.maxY { screen.put(text, x: rect.x, y: y, role: .dim, limit: rect.width) }
            return
        }
        screen.put("answers in all", x: rect.x, y: y, role: .dim)
        draw(answers, in: rect, from: y + 1, on: &screen)
    }

    private var title: String {
        guard let bands, !bands.isEmpty else { return "latency, last minute" }
        let p99 = Figures.milliseconds(traffic.p99Milliseconds)
        return "ms  p50 \(Figures.milliseconds(traffic.p50Milliseconds))  p99 \(p99)"
    }

    /// The bands from the first to the last that holds an answer, those without any too; where there are too many,
    /// the slowest share a row. Until the daemon has said them, the quantiles.
    private func latencies(rows: Int) -> [Bar] {
        guard let bands, let first = bands.first, let last = bands.last, rows >= 2 else { return quantiles }
        var limit = first.belowMilliseconds
        var bars: [Bar] = []
        while limit <= last.belowMilliseconds {
            let count = bands.first { $0.belowMilliseconds == limit }?.count ?? 0
            let name = limit < 2 ? "<1" : "\(Int(limit / 2))-\(Int(limit))"
            bars.append(Bar(name: name, value: Double(count), figure: Figures.count(count)))
            limit *= 2
        }
        guard bars.count > rows else { return bars }
        let rest = bars[(rows - 1)...].reduce(0) { $0 + $1.value }
        let from = bars[rows - 1].name.prefix { $0 != "-" }
        return bars.prefix(rows - 1)
            + [Bar(name: ">\(from)", value: rest, figure: Figures.count(UInt64(rest)), role: .graphBad)]
    }

    private var quantiles: [Bar] {
        [
            ("p50", traffic.p50Milliseconds), ("p90", traffic.p90Milliseconds), ("p99", traffic.p99Milliseconds),
        ].map { Bar(name: $0, value: $1 ?? 0, figure: Figures.latency($1)) }
    }

    private func draw(_ bars: [Bar], in rect: Rect, from y: Int, on screen: inout Screen) {
        let most = bars.map(\.value).max() ?? 0
        let names = max(3, bars.map(\.name.count).max() ?? 0)
        let room = max(0, rect.width - names - 1 - 8)
        for (row, bar) in bars.enumerated() where y + row < rect.maxY {
            let length = bar.value > 0 && most > 0 ? max(1, Int((bar.value / most * Double(room)).rounded())) : 0
            screen.putRight(bar.name, x: rect.x, y: y + row, width: names, role: .key)
            let line = Rect(x: rect.x + names + 1, y: y + row, width: length, height: 1)
            screen.fill(line, glyphs.full, role: bar.role)
            screen.put(bar.figure, x: line.maxX + (length > 0 ? 1 : 0), y: y + row)
        }
    }
}
