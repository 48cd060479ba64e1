import PoolModel
import Testing

@testable import PoolCore

@Suite struct StatsSeriesTests {
    private static func moment(_ second: Int) -> Moment {
        Moment(now: .seconds(second), wall: Timestamp(microseconds: Int64(second) * 1_000_000))
    }

    private static func reading(_ requests: UInt64, failures: UInt64 = 0, cpu: Double = 0) -> StatsSeries.Reading {
        var traffic = TrafficStats()
        traffic.requests = requests
        traffic.status5xx = failures
        return StatsSeries.Reading(traffic, cpuPercent: cpu, rssBytes: requests << 10)
    }

    @Test func aPointIsWhatCameInTenSeconds() {
        var series = StatsSeries()
        for second in 0...30 {
            series.read(
                Self.reading(UInt64(100 + second * 5), failures: UInt64(second), cpu: second % 2 == 0 ? 0 : 100),
                at: Self.moment(second)
            )
        }
        let points = series.points(after: Timestamp(microseconds: 0))
        #expect(points.map(\.requests) == [50, 50, 50], "what was before the first reading does not count")
        #expect(points.map(\.failures) == [10, 10, 10])
        #expect(points.map(\.cpuPercent) == [50, 50, 50])
        #expect(points.map { $0.at.microseconds } == [10_000_000, 20_000_000, 30_000_000])
        #expect(points[0].rssBytes == 150 << 10 && points[0].p99Milliseconds == nil)
        #expect(series.points(after: points[1].at) == [points[2]])
    }

    @Test func anHourIsKeptAndNoMore() {
        var series = StatsSeries()
        for second in 0..<10_000 { series.read(Self.reading(UInt64(second)), at: Self.moment(second)) }
        let points = series.points(after: Timestamp(microseconds: 0))
        #expect(points.count == 360)
        #expect(points.last?.at == Self.moment(9990).wall)
        #expect(points.first?.at == Self.moment(6400).wall)
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.at < $1.at })
    }

    @Test func countersThatBeginAnewAreNotNegative() {
        var series = StatsSeries()
        for second in 0...10 { series.read(Self.reading(1000), at: Self.moment(second)) }
        for second in 11...20 { series.read(Self.reading(7), at: Self.moment(second)) }
        #expect(series.points(after: Timestamp(microseconds: 0)).map(\.requests) == [0, 7])
    }
}
