internal import PoolModel
internal import PoolTOML

/// Durations and sizes as people write them in profiles: `"30s"`, `"500ms"`, `"1m30s"`; `"10M"`, `"4G"`.
package enum Quantity {
    /// The longest duration that a profile may ask for: ten years.
    package static let durationMax = Duration.seconds(3650 * 86_400)

    private static let timeUnits: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("min", 60_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]

    /// Reads `30s`, `1.5s`, `1h30m`; nil for anything else, a bare number too.
    package static func duration(_ text: String) -> Duration? {
        var rest = text[...]
        var total = Duration.zero
        repeat {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard number.count <= 15, let value = Double(number), number.first != ".", number.last != ".",
                let scale = timeUnits.first(where: { $0.name == unit })?.nanoseconds
            else { return nil }
            let nanoseconds = value * Double(scale)
            guard nanoseconds <= Double(durationMax.nanoseconds) else { return nil }
            total += .nanoseconds(Int64(nanoseconds.rounded()))
        } while !rest.isEmpty
        return total <= durationMax ? total : nil
    }

    /// The shortest exact form: `500ms`, `75s`, `5m`, `1h`.
    package static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        if nanoseconds == 0 { return "0s" }
        for (name, scale) in [("h", 3_600_000_000_000), ("m", 60_000_000_000)] as [(String, Int64)]
        where nanoseconds.isMultiple(of: scale) && nanoseconds > 60_000_000_000 {
            return "\(nanoseconds / scale)\(name)"
        }
        for (name, scale) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)] as [(String, Int64)]
        where nanoseconds.isMultiple(of: scale) {
            return "\(nanoseconds / scale)\(name)"
        }
        return "\(nanoseconds)ns"
    }

    /// Reads `512`, `10M`, `4G`, `4GB`, `4GiB`, in either case; K is 1024 as in nginx and supervisord. nil beyond 2^63.
    package static func size(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let value = UInt64(digits) else { return nil }
        let shift: UInt64
        switch text.dropFirst(digits.count).lowercased() {
        case "", "b": shift = 0
        case "k", "kb", "kib": shift = 10
        case "m", "mb", "mib": shift = 20
        case "g", "gb", "gib": shift = 30
        case "t", "tb", "tib": shift = 40
        default: return nil
        }
        guard value <= UInt64(Int64.max) >> shift else { return nil }
        return value << shift
    }

    /// The shortest exact form: `10M`, `4G`, `1500`.
    package static func text(bytes: UInt64) -> String {
        for (name, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)] as [(String, UInt64)]
        where bytes >> shift > 0 && (bytes >> shift) << shift == bytes {
            return "\(bytes >> shift)\(name)"
        }
        return "\(bytes)"
    }
}
