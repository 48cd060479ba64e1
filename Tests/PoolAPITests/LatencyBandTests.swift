import PoolAPI
import PoolModel
import Testing

@Suite struct LatencyBandTests {
    @Test func bandsHoldEveryAnswerOnce() {
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        for microseconds: UInt64 in [0, 400, 1023, 1024, 2047, 2048, 900_000, 1 << 40] {
            counts[LatencyBuckets.index(microseconds: microseconds)] += 1
        }
        let bands = LatencyBand.fold(counts)
        #expect(bands.reduce(0) { $0 + $1.count } == 8)
        #expect(bands.map(\.count) == [3, 2, 1, 1, 1])
        #expect(bands.prefix(3).map(\.belowMilliseconds) == [1.024, 2.048, 4.096])
        #expect(bands[3].belowMilliseconds == 1048.576)
    }

    @Test func nothingIsNoBand() { #expect(LatencyBand.fold([]).isEmpty) }
}
