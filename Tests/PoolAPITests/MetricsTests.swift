import PoolAPI
import PoolModel
import Testing

@Suite struct MetricsTests {
    static let page: MetricsPage = {
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        for microseconds: UInt64 in [500, 900, 1000, 1001, 4000, 120_000, 90_000_000] {
            counts[LatencyBuckets.index(microseconds: microseconds)] += 1
        }
        return MetricsPage(
            state: StateSnapshot(
                sequence: 41,
                at: Samples.time,
                pools: [Samples.pool],
                operations: [Samples.bareOperation]
            ),
            latencies: [Samples.id: MetricsPage.Latency(counts: counts, sumMicroseconds: 90_127_401)],
            startedAt: Samples.time,
            control: ControlStats(
                readersCut: 3,
                shipped: [ControlStats.Shipped(to: "syslog:127.0.0.1:514", sent: 4096, dropped: 17)]
            )
        )
    }()

    @Test func thePageIsAsRecorded() throws { try expectGolden(Array(Self.page.render().utf8), "metrics.txt") }

    /// The rules of promtool's check: one family stands together under its help and type, names and suffixes agree.
    @Test func thePageKeepsTheConventions() throws {
        var types: [String: String] = [:]
        var current = ""
        for line in Self.page.render().split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP ") {
                current = String(words[2])
                #expect(types[current] == nil && words.count == 4, "\(line)")
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == current)
                types[current] = String(words[3])
                #expect((words[3] == "counter") == current.hasSuffix("_total"), "\(line)")
            } else {
                let name = line.prefix { $0 != "{" && $0 != " " }
                let isPart =
                    types[current] == "histogram" && ["_bucket", "_sum", "_count"].contains { name == current + $0 }
                #expect(name == current || isPart, "\(line)")
                #expect(Double(line.split(separator: " ").last ?? "") != nil, "\(line)")
            }
        }
        #expect(types.count > 25)
    }

    @Test func histogramsAreCumulative() {
        let lines = Self.page.render().split(separator: "\n").filter { $0.contains("_duration_seconds_") }
        func value(_ part: String) -> Double? {
            lines.first { $0.contains(part) }?.split(separator: " ").last.flatMap { Double($0) }
        }
        // 1,000 and 1,001 µs share an inner bucket that ends above 1 ms.
        #expect(value("le=\"0.001\"") == 2)
        #expect(value("le=\"0.0025\"") == 4)
        #expect(value("le=\"0.005\"") == 5)
        #expect(value("le=\"0.1\"") == 5)
        #expect(value("le=\"0.25\"") == 6)
        #expect(value("le=\"60\"") == 6)
        #expect(value("+Inf") == 7)
        #expect(value("_count") == 7)
        #expect(value("_sum") == 90.127401)
    }

    @Test func labelsAreEscaped() {
        var state = Self.page.state
        state.pools[0].name = "a\"b\\c\nd"
        let text = MetricsPage(state: state).render()
        #expect(text.contains(#"pool_workers{pool="a\"b\\c\nd"} 1"#))
    }
}
