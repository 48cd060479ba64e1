internal import PoolModel

/// Figures as people read them in a column: short, with a unit where it is not 1.
package enum Figures {
    /// `0` to `9999`, then `12.4k`, `3.1M`, `2G`: at most five characters.
    package static func count(_ value: UInt64) -> String {
        value < 10_000 ? String(value) : scaled(Double(value), step: 1000, units: ["k", "M", "G", "T", "P"])
    }

    /// A rate: one decimal below 10, then as ``count(_:)``.
    package static func rate(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return "0" }
        return value < 9.95 ? decimal(value, 1) : count(whole(value))
    }

    /// Bytes by powers of 1024: `512`, `90M`, `1.5G`.
    package static func bytes(_ value: UInt64) -> String {
        value < 1024 ? String(value) : scaled(Double(value), step: 1024, units: ["K", "M", "G", "T", "P"])
    }

    /// Milliseconds: `0.4`, `3.3`, `183`, `12.4k`; nil is a dash.
    package static func milliseconds(_ value: Double?) -> String {
        guard let value, value.isFinite, value >= 0 else { return "-" }
        return value < 9.95 ? decimal(value, 1) : count(whole(value))
    }

    /// A latency with its unit: `3.1ms`, `1.25s`; nil is a dash.
    package static func latency(_ value: Double?) -> String {
        guard let value, value.isFinite, value >= 0 else { return "-" }
        if value < 99.95 { return decimal(value, 1) + "ms" }
        return value < 999.5 ? "\(whole(value))ms" : decimal(value / 1000, 2) + "s"
    }

    /// Percent: one decimal below 99.95.
    package static func percent(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return "0.0" }
        return value < 99.95 ? decimal(value, 1) : String(whole(value))
    }

    /// An age in its two largest units: `41s`, `17m`, `2h11m`, `3d04h`, `45d`.
    package static func age(_ seconds: Double) -> String {
        let total = Int(min(max(0, seconds.isFinite ? seconds : 0), 1e11))
        if total < 60 { return "\(total)s" }
        if total < 3600 { return "\(total / 60)m" }
        if total < 86_400 { return "\(total / 3600)h\(padded(total / 60 % 60))m" }
        return total < 10 * 86_400 ? "\(total / 86_400)d\(padded(total / 3600 % 24))h" : "\(total / 86_400)d"
    }

    /// A count with its noun: `1 worker`, `4 workers`.
    package static func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// Thousands apart: `41,882`.
    package static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var parts: [String] = []
        while digits.count > 3 {
            parts.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + parts).joined(separator: ",")
    }

    /// A fixed number of decimals, rounded half up.
    package static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = whole(value.magnitude * Double(scale))
        guard places > 0 else { return value < 0 && scaled > 0 ? "-\(scaled)" : String(scaled) }
        let fraction = String(scaled % UInt64(scale))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return "\(sign)\(scaled / UInt64(scale))."
            + String(repeating: "0", count: places - fraction.count) + fraction
    }

    private static func scaled(_ value: Double, step: Double, units: [String]) -> String {
        var rest = value / step
        var unit = 0
        while rest >= step - 0.5, unit + 1 < units.count {
            rest /= step
            unit += 1
        }
        return (rest < 9.95 || (step == 1000 && rest < 99.95) ? decimal(rest, 1) : String(whole(rest))) + units[unit]
    }

    /// Rounded to the nearest whole number, held within what a counter can be.
    private static func whole(_ value: Double) -> UInt64 {
        value.isFinite && value > 0 ? UInt64(min(value.rounded(), 1e18)) : 0
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
}
