import PoolUI
import Testing

struct FiguresTests {
    @Test(
        arguments: [
            (0, "0"), (9999, "9999"), (10_000, "10.0k"), (12_449, "12.4k"), (99_960, "100k"), (999_600, "1.0M"),
            (3_100_000, "3.1M"),
            (999 * 1_000_000_000_000_000, "999P"),
        ] as [(UInt64, String)]
    )
    func counts(_ value: UInt64, _ text: String) {
        #expect(Figures.count(value) == text)
    }

    @Test(
        arguments: [
            (0, "0"), (1023, "1023"), (1024, "1.0K"), (90 << 20, "90M"), (1_610_612_736, "1.5G"), (1023 << 20, "1023M"),
        ] as [(UInt64, String)]
    )
    func bytes(_ value: UInt64, _ text: String) {
        #expect(Figures.bytes(value) == text)
    }

    @Test(
        arguments: [
            (0, "0"), (0.04, "0.0"), (3.34, "3.3"), (9.96, "10"), (183, "183"), (.nan, "0"), (-1, "0"),
            (.infinity, "0"),
        ] as [(Double, String)]
    )
    func rates(_ value: Double, _ text: String) {
        #expect(Figures.rate(value) == text)
    }

    @Test(
        arguments: [(nil, "-"), (0.42, "0.4ms"), (48, "48.0ms"), (183.4, "183ms"), (1250, "1.25s"), (.nan, "-")]
            as [(Double?, String)]
    )
    func latencies(_ value: Double?, _ text: String) {
        #expect(Figures.latency(value) == text)
    }

    @Test(
        arguments: [
            (0, "0s"), (59.9, "59s"), (60, "1m"), (7860, "2h11m"), (3_660, "1h01m"), (273_600, "3d04h"),
            (45 * 86_400, "45d"), (-5, "0s"), (.infinity, "0s"),
        ] as [(Double, String)]
    )
    func ages(_ seconds: Double, _ text: String) {
        #expect(Figures.age(seconds) == text)
    }

    @Test func groupsAndPlurals() {
        #expect(Figures.grouped(41_882) == "41,882")
        #expect(Figures.grouped(-1_000_000) == "-1,000,000")
        #expect(Figures.grouped(999) == "999")
        #expect(Figures.plural(1, "worker") == "1 worker")
        #expect(Figures.plural(0, "worker") == "0 workers")
        #expect(Figures.decimal(-0.04, 1) == "0.0")
        #expect(Figures.decimal(2.5, 0) == "3")
    }
}
