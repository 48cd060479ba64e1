internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The worker's latencies of the last minute as a histogram, and its answers by kind: beside it where there is room, else
/// in a line below.
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
        let hasColumns = rect.width >= 64
        let width = hasColumns ? rect.width * 2 / 3 : rect.width
        let histogram = LatencyHistogram(bands ?? [])
        let summary = histogram.summary(traffic, width: width)
        for (row, text) in summary.enumerated() {
            screen.put(text, x: rect.x, y: rect.y + row, role: .dim, limit: width)
        }
        let y = rect.y + summary.count
        let bars = latencies(histogram, rows: rect.maxY - y - (hasColumns ? 0 : 1))
        draw(bars, in: Rect(x: rect.x, y: rect.y, width: width, height: rect.height), from: y, on: &screen)
        if hasColumns {
            let right = Rect(x: rect.x + width + 2, y: rect.y, width: rect.width - width - 2, height: rect.height)
            screen.put("answers in all", x: right.x, y: right.y, role: .dim)
            draw(answers, in: right, from: y, on: &screen)
        } else if y + bars.count < rect.maxY {
            let figures = "2xx \(answers[0].figure)  4xx \(answers[2].figure)  5xx \(answers[3].figure)"
            let text = figures.count + 9 > rect.width ? figures : "answers  " + figures
            screen.put(text, x: rect.x, y: y + bars.count, role: .dim, limit: rect.width)
        }
    }

    private var answers: [Bar] {
        let kinds: [(String, UInt64, Role)] = [
            ("2xx", traffic.status2xx, .gauge), ("3xx", traffic.status3xx, .graph), ("4xx", traffic.status4xx, .warn),
            ("5xx", traffic.status5xx, .graphBad),
        ]
        return kinds.map { Bar(name: $0, value: Double($1), figure: Figures.count($1), role: $2) }
    }

    /// Until the daemon has said the bands, the quantiles.
    private func latencies(_ histogram: LatencyHistogram, rows: Int) -> [Bar] {
        guard histogram.isEmpty else {
            return histogram.rows(atMost: rows).map {
                Bar(name: $0.name, value: Double($0.count), figure: Figures.count($0.count))
            }
        }
        return [
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
