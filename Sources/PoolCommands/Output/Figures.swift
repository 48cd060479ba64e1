internal import PoolModel

/// Numbers for people.
enum Figures {
    /// `0.3s`, `12s`, `3m12s`, `2h05m`, `3d04h`.
    static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
        if seconds < 10 { return "\(fixed(seconds, 1))s" }
        let whole = Int(seconds)
        func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return switch whole {
        case ..<60: "\(whole)s"
        case ..<3600: "\(whole / 60)m\(pad(whole % 60))s"
        case ..<86_400: "\(whole / 3600)h\(pad(whole / 60 % 60))m"
        default: "\(whole / 86_400)d\(pad(whole / 3600 % 24))h"
        }
    }

    /// `512B`, `23.4M`, `1.2G`: powers of 1024.
    static func bytes(_ count: UInt64) -> String {
        if count < 1024 { return "\(count)B" }
        var value = Double(count)
        var units = "KMGTPE".makeIterator()
        var unit: Character = "B"
        while value >= 1024, let next = units.next() {
            value /= 1024
            unit = next
        }
        return "\(fixed(value, value < 100 ? 1 : 0))\(unit)"
    }

    /// `0`, `3.2`, `153`, `12.3k`.
    static func rate(_ perSecond: Double) -> String {
        guard perSecond.isFinite else { return "-" }
        if perSecond >= 10_000 { return "\(fixed(perSecond / 1000, 1))k" }
        return perSecond == 0 ? "0" : fixed(perSecond, perSecond < 100 ? 1 : 0)
    }

    /// `0.8ms`, `12ms`, `1.2s`.
    static func latency(milliseconds: Double?) -> String {
        guard let milliseconds, milliseconds.isFinite else { return "-" }
        if milliseconds >= 1000 { return "\(fixed(milliseconds / 1000, 1))s" }
        return "\(fixed(milliseconds, milliseconds < 10 ? 1 : 0))ms"
    }

    /// With so many decimals, rounded half away from zero.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        let scale = decimals == 0 ? 1.0 : decimals == 1 ? 10.0 : 100.0
        let scaled = (value * scale).rounded()
        guard abs(scaled) < 1e15 else { return "-" }
        let digits = Int64(scaled)
        if decimals == 0 { return "\(digits)" }
        let whole = abs(digits) / Int64(scale)
        let fraction = String(abs(digits) % Int64(scale))
        let zeros = String(repeating: "0", count: decimals - fraction.utf8.count)
        return "\(digits < 0 ? "-" : "")\(whole).\(zeros)\(fraction)"
    }
}

extension Duration {
    /// Reads `30` (seconds), `1.5`, `500ms`, `10s`, `5m`, `1h30m`, `2d`; nil for anything else and for negative ones.
    init?(spoken text: String) {
        var rest = text[...]
        var total = Duration.zero
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let value = Double(digits), value >= 0, value < 1e9 else { return nil }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { $0.isLetter }
            rest = rest[unit.endIndex...]
            switch unit {
            case "ms": total += .seconds(value / 1000)
            case "s": total += .seconds(value)
            case "m": total += .seconds(value * 60)
            case "h": total += .seconds(value * 3600)
            case "d": total += .seconds(value * 86_400)
            case "" where rest.isEmpty && digits.endIndex == text.endIndex && digits.startIndex == text.startIndex:
                total = .seconds(value)
            default: return nil
            }
        }
        self = total
    }
}
