import PoolModel
import Testing

@Suite struct LatencyBucketsTests {
    @Test func everyBucketBeginsWhereItSays() {
        for index in 0..<LatencyBuckets.count {
            #expect(LatencyBuckets.index(microseconds: LatencyBuckets.lowerBound(index)) == index)
        }
    }

    @Test func bucketsGrowWithTheValueAndEndInTheLast() {
        var last = 0
        for value in (0..<200_000).map(UInt64.init) + (18..<64).map({ UInt64(1) << UInt64($0) }) {
            let index = LatencyBuckets.index(microseconds: value)
            #expect(index >= last && index < LatencyBuckets.count)
            last = index
        }
        #expect(LatencyBuckets.index(microseconds: .max) == LatencyBuckets.count - 1)
    }

    @Test func quantilesAreWithinSixPercent() throws {
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        #expect(LatencyBuckets.quantile(0.5, of: counts) == nil)
        for value in 1...10_000 { counts[LatencyBuckets.index(microseconds: UInt64(value))] += 1 }
        for share in [0.01, 0.5, 0.9, 0.99] {
            let found = try #require(LatencyBuckets.quantile(share, of: counts))
            #expect(abs(found - share * 10_000) / (share * 10_000) < 0.07)
        }
    }
}
