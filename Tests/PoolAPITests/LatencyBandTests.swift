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
        #expect(bands.map(\.count) == [1, 1, 1, 1, 1, 1, 1, 1])
        #expect(bands.prefix(6).map(\.belowMilliseconds) == [0.004, 0.448, 1.024, 1.28, 2.048, 2.56])
        #expect(bands[6].belowMilliseconds == 917.504)
    }

    @Test func nothingIsNoBand() { #expect(LatencyBand.fold([]).isEmpty) }
}
