import PoolModel
import PoolProfile
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("30s", Duration.seconds(30)), ("500ms", .milliseconds(500)), ("1.5s", .milliseconds(1500)),
            ("1m30s", .seconds(90)),
            ("2min", .seconds(120)), ("1h", .seconds(3600)), ("1d", .seconds(86_400)), ("0s", .zero),
            ("7us", .microseconds(7)),
            ("30", nil), ("s", nil), ("30 s", nil), ("-1s", nil), (".5s", nil), ("1e3s", nil), ("1s!", nil),
            ("99999d", nil), ("", nil),
            ("1.s", nil), ("٣s", nil),
        ] as [(String, Duration?)]
    )
    func readsDurations(text: String, expected: Duration?) {
        #expect(Quantity.duration(text) == expected)
    }

    @Test(
        arguments: [
            ("512", 512), ("10M", 10 << 20), ("4G", 4 << 30), ("4gb", 4 << 30), ("4GiB", 4 << 30), ("1T", 1 << 40),
            ("8k", 8192),
            ("", nil), ("M", nil), ("1.5G", nil), ("-1", nil), ("1X", nil), ("9999999999T", nil),
            ("99999999999999999999", nil),
        ] as [(String, UInt64?)]
    )
    func readsSizes(text: String, expected: UInt64?) {
        #expect(Quantity.size(text) == expected)
    }

    @Test func whatIsWrittenReadsBackTheSame() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2000 {
            let duration = Duration.nanoseconds(
                Int64.random(in: 0...10_000_000, using: &random) * (Bool.random(using: &random) ? 1 : 1_000_000)
            )
            #expect(Quantity.duration(Quantity.text(duration)) == duration)
            let size = UInt64.random(in: 0...5000, using: &random) << UInt64.random(in: 0...40, using: &random)
            #expect(Quantity.size(Quantity.text(bytes: size)) == size)
        }
    }
}
