/// Lines of Prometheus' text format (0.0.4).
struct MetricsText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    private var name = ""

    /// A metric's `HELP` and `TYPE`, then its samples; nothing where there are none.
    mutating func family(_ name: String, _ kind: Kind, _ help: String, samples: (inout MetricsText) -> Void) {
        var family = MetricsText()
        family.name = name
        samples(&family)
        guard !family.text.isEmpty else { return }
        text += "# HELP \(name) \(MetricsText.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
        text += family.text
    }

    mutating func sample(_ labels: [String: String], _ value: Double) { line(name, labels, value) }

    mutating func histogram(
        _ labels: [String: String],
        _ cumulated: (buckets: [(bound: Double, count: UInt64)], count: UInt64),
        sum: Double
    ) {
        for (bound, count) in cumulated.buckets {
            line("\(name)_bucket", labels.merging(["le": MetricsText.number(bound)]) { $1 }, Double(count))
        }
        line("\(name)_bucket", labels.merging(["le": "+Inf"]) { $1 }, Double(cumulated.count))
        line("\(name)_sum", labels, sum)
        line("\(name)_count", labels, Double(cumulated.count))
    }

    private mutating func line(_ name: String, _ labels: [String: String], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.sorted { $0.key < $1.key }.map {
                "\($0.key)=\"\(MetricsText.escaped($0.value, quotes: true))\""
            }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(MetricsText.number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
