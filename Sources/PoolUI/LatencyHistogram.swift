internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// A worker's latencies of the last minute, in as many rows as there is room for: as fine as the daemon tells them where
/// they fit, else folded into bands that are twice as wide, or four times, and so on.
struct LatencyHistogram {
    struct Row: Hashable {
        /// The milliseconds from which to which: `1-1.3`.
        var name: String
        var count: UInt64
    }

    /// The bands by the number of their upper end: four steps double it.
    private var counts: [(step: Int, count: UInt64)] = []
    /// Steps of the finest band that the daemon tells apart.
    private var finest = 1

    init(_ bands: [LatencyBand]) {
        counts = bands.map { (LatencyHistogram.step($0.belowMilliseconds), $0.count) }
        // A daemon of before tells powers of two.
        if counts.allSatisfy({ $0.step % 4 == 0 }) { finest = 4 }
    }

    var isEmpty: Bool { counts.isEmpty }
    var total: UInt64 { counts.reduce(0) { $0 &+ $1.count } }

    /// From the first band that holds an answer to the last, those without any too.
    func rows(atMost rows: Int) -> [Row] {
        guard rows > 0, let first = counts.first, let last = counts.last else { return [] }
        var width = finest
        while LatencyHistogram.row(last.step, width) - LatencyHistogram.row(first.step, width) >= rows { width *= 2 }
        let lowest = LatencyHistogram.row(first.step, width)
        var sums = [UInt64](repeating: 0, count: LatencyHistogram.row(last.step, width) - lowest + 1)
        for (step, count) in counts { sums[LatencyHistogram.row(step, width) - lowest] &+= count }
        return sums.enumerated().map { index, count in
            let end = (lowest + index) * width
            let to = LatencyHistogram.text(LatencyHistogram.milliseconds(end))
            let from = LatencyHistogram.text(LatencyHistogram.milliseconds(end - width))
            // The first band of a daemon of before begins at nothing.
            return Row(name: index == 0 && finest > 1 ? "<\(to)" : "\(from)-\(to)", count: count)
        }
    }

    /// The quantiles, the bound of the slowest and how many there were: in one line, or in two where it is narrow.
    func summary(_ traffic: TrafficStats, width: Int) -> [String] {
        let quantiles = [
            ("p50", traffic.p50Milliseconds), ("p90", traffic.p90Milliseconds), ("p99", traffic.p99Milliseconds),
        ]
        .map { "\($0) \(Figures.milliseconds($1))" }.joined(separator: "  ")
        guard let last = counts.last else { return ["ms  \(quantiles)"] }
        let rest =
            "max <\(LatencyHistogram.text(LatencyHistogram.milliseconds(last.step)))  n \(Figures.grouped(Int(clamping: total)))"
        let long = "latency in ms, last minute   \(quantiles)  \(rest)"
        if long.count <= width { return [long] }
        let short = "ms  \(quantiles)  \(rest)"
        return short.count <= width ? [short] : [quantiles, rest]
    }

    // MARK: steps

    /// The number of an upper end: of 1.024 ms it is 40, of twice that 44.
    private static func step(_ milliseconds: Double) -> Int {
        let microseconds = max(4, milliseconds * 1000)
        return 4 * Int(microseconds.exponent) + Int(((microseconds.significand - 1) * 4).rounded())
    }

    private static func milliseconds(_ step: Int) -> Double {
        Double(sign: .plus, exponent: step >> 2, significand: 1 + Double(step & 3) / 4) / 1000
    }

    /// The row of a band where rows are so many steps wide.
    private static func row(_ step: Int, _ width: Int) -> Int { (step + width - 1) / width }

    /// Two digits are enough: `0.26`, `1.3`, `66`, `1.0s`.
    private static func text(_ milliseconds: Double) -> String {
        if milliseconds >= 999.5 { return Figures.decimal(milliseconds / 1000, 1) + "s" }
        if milliseconds >= 9.95 { return Figures.decimal(milliseconds, 0) }
        var text = Figures.decimal(milliseconds, milliseconds >= 0.995 ? 1 : milliseconds >= 0.0995 ? 2 : 3)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
