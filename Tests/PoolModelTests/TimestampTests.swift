import PoolModel
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_333_265_120_000, "2026-11-22T07:41:05.120Z"),
            (-1000, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999_000, "2100-02-28T23:59:59.999Z"),
        ] as [(Int64, String)]
    )
    func readsAndWrites(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T07:41:05", "2026-13-22T07:41:05Z", "2026-11-22T07:41:05.Z",
        "2026-11-22T07:41:05+01:00",
    ])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func datesGoThereAndBackOverEightHundredYears() {
        for days in stride(from: Int64(-150_000), through: 150_000, by: 37) {
            let date = Timestamp.date(daysSinceEpoch: days)
            #expect(Timestamp.days(year: date.year, month: date.month, day: date.day) == days)
        }
    }
}
