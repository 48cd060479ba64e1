import PoolCore
import PoolModel
import Testing

@Suite struct LogRingTests {
    private static func line(_ sequence: UInt64, _ text: String = "x") -> LogLine {
        LogLine(
            sequence: sequence,
            at: Timestamp(microseconds: 0),
            worker: WorkerID(pool: "p", number: 1),
            life: 1,
            stream: .stdout,
            bytes: Array(text.utf8)
        )
    }

    @Test func keepsTheLatestAndKnowsWhatIsMissing() {
        var ring = LogRing(capacity: 3)
        #expect(ring.firstSequence == nil)
        for sequence in 1...5 { ring.append(LogRingTests.line(UInt64(sequence))) }
        #expect(ring.count == 3)
        #expect((ring.firstSequence, ring.lastSequence) == (3, 5))
        #expect(ring.lines(from: 1, limit: 10).map(\.sequence) == [3, 4, 5])
        #expect(ring.lines(from: 4, limit: 1).map(\.sequence) == [4])
        #expect(ring.tail(2).map(\.sequence) == [4, 5])
        #expect(ring.missing(from: 1) == 2)
        #expect(ring.missing(from: 4) == 0)
    }

    @Test func leavesOutRepetitionsAndFilters() {
        var ring = LogRing(capacity: 10)
        for sequence in [1, 2, 2, 1, 7, 9] as [UInt64] { ring.append(LogRingTests.line(sequence, "\(sequence)")) }
        #expect(ring.lines(from: 0, limit: 10).map(\.sequence) == [1, 2, 7, 9])
        #expect(ring.lines(from: 3, limit: 10).map(\.sequence) == [7, 9], "sequences may have gaps")
        #expect(ring.tail(1) { $0.bytes == Array("2".utf8) }.map(\.sequence) == [2])
    }
}

@Suite struct RateWindowTests {
    @Test func isTheSlopeOverTheWindow() {
        var rate = RateWindow(capacity: 3)
        #expect(rate.perSecond == 0)
        for second in 0...5 { rate.read(UInt64(second * second * 10), at: .seconds(second)) }
        #expect(rate.perSecond == Double(250 - 90) / 2)
    }

    @Test func beginsAnewWhereTheCounterDoes() {
        var rate = RateWindow(capacity: 5)
        rate.read(100, at: .seconds(1))
        rate.read(3, at: .seconds(2))
        #expect(rate.perSecond == 0)
        rate.read(9, at: .seconds(4))
        #expect(rate.perSecond == 3)
    }
}

@Suite struct LatencyHistogramTests {
    @Test func subtractsAnEarlierReading() {
        var histogram = LatencyHistogram()
        for value in [100, 200, 300] as [UInt64] { histogram.count(microseconds: value) }
        let earlier = histogram
        histogram.count(microseconds: 5000)
        let difference = histogram.subtracting(earlier)
        #expect(difference.total == 1)
        #expect(histogram.total == 4)
        let median = difference.quantileMilliseconds(0.5) ?? 0
        #expect(abs(median - 5) < 0.4)
        #expect(LatencyHistogram().quantileMilliseconds(0.5) == nil)
    }

    @Test func minuteSlides() {
        var sliding = SlidingHistogram()
        var counters = LatencyHistogram()
        counters.count(microseconds: 50)
        sliding.read(counters, at: .seconds(5))
        #expect(sliding.sum.total == 0, "what was before the first reading is not of the last minute")
        for second in 6..<206 {
            counters.count(microseconds: UInt64(second) * 100)
            sliding.read(counters, at: .seconds(second))
            let span = min(second - 5, 60)
            #expect(sliding.sum.total <= UInt64(span))
            #expect(sliding.sum.total >= UInt64(min(second - 5, 50)))
        }
        sliding.read(counters, at: .seconds(1000))
        #expect(sliding.sum.total == 0)
    }
}

@Suite struct DeathTallyTests {
    @Test func forgetsWhatIsOutsideTheWindow() {
        var tally = DeathTally()
        let counts = [0, 10, 20, 65, 75].map {
            tally.count(deathAt: .seconds($0), window: .seconds(60), capacity: 5)
        }
        #expect(counts == [1, 2, 3, 3, 3])
        #expect(tally.count(deathAt: .seconds(5), window: .seconds(60), capacity: 5) == 1, "the clock began anew")
    }
}

@Suite struct SeededRandomTests {
    @Test func isTheSameForTheSameSeed() {
        var one = SeededRandom(seed: 7)
        var two = SeededRandom(seed: 7)
        var units: [Double] = []
        for _ in 0..<1000 {
            #expect(one.next() == two.next())
            units.append(one.unit())
            _ = two.unit()
        }
        #expect(units.allSatisfy { (0..<1).contains($0) })
        #expect(abs(units.reduce(0, +) / 1000 - 0.5) < 0.05)
    }
}
