import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

struct LatencyHistogramTests {
    /// A worker whose answers lie in bands as the daemon folds them.
    private func detail(_ size: Size, _ bands: [LatencyBand]) -> String {
        var model = Demo.model(size)
        var detail = Demo.detail
        detail.latency = bands
        Demo.apply(&model, .detail(detail))
        Demo.press(&model, Array(repeating: .down, count: 6) + [.enter])
        return view(model).text
    }

    private var fine: [LatencyBand] {
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        for microseconds in stride(from: 1000, to: 4000, by: 10) {
            counts[LatencyBuckets.index(microseconds: UInt64(microseconds))] += 1
        }
        return LatencyBand.fold(counts)
    }

    /// The larger the screen, the finer: never the other way round.
    @Test func aLargerScreenIsNeverCoarser() {
        func rows(_ text: String) -> Int { text.split(separator: "\n").count { $0.contains("-") && $0.contains("█ ") } }
        let sizes = [Size(columns: 80, rows: 24), Size(columns: 160, rows: 50), Size(columns: 400, rows: 100)]
        let counts = sizes.map { rows(detail($0, fine)) }
        #expect(counts == counts.sorted(), "\(counts)")
        #expect(counts[2] > counts[0], "\(counts)")
    }

    @Test(arguments: [Size(columns: 80, rows: 24), Size(columns: 160, rows: 50), Size(columns: 400, rows: 100)])
    func quantilesTheSlowestAndTheNumberAreSaid(_ size: Size) {
        let text = detail(size, Demo.detail.latency)
        for part in ["p50 4.3", "p90 11", "p99 88", "max <131", "n 964"] {
            #expect(text.contains(part), "\(part) at \(size)")
        }
    }

    /// A daemon of before tells powers of two: no empty rows between them.
    @Test func bandsOfTwoAreRowsOfTwo() {
        let text = detail(Size(columns: 160, rows: 50), Demo.detail.latency)
        for name in ["<1 ", "1-2 ", "2-4.1 ", "4.1-8.2 ", "66-131 "] { #expect(text.contains(name), "\(name)") }
    }
}
