/// The known names that a mistyped one may have meant.
package enum NearestName {
    /// At most `count` names within a third of the length (at least 1) of changes, the nearest first.
    package static func among(_ names: some Sequence<String>, to wanted: String, count: Int = 3) -> [String] {
        let target = Array(wanted.lowercased().utf8.prefix(bytesMax))
        let limit = max(1, target.count / 3)
        return names.enumerated()
            .map { (distance($1, target), $0, $1) }
            .filter { $0.0 <= limit }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
            .prefix(count).map(\.2)
    }

    /// `did you mean example_1 or example_2?`; nil where nothing is near.
    package static func hint(_ names: some Sequence<String>, to wanted: String) -> String? {
        let near = among(names, to: wanted)
        return near.isEmpty ? nil : "did you mean \(near.joined(separator: " or "))?"
    }

    private static let bytesMax = 64

    /// Levenshtein's distance with transpositions of neighbours.
    private static func distance(_ name: String, _ target: [UInt8]) -> Int {
        let source = Array(name.lowercased().utf8.prefix(bytesMax))
        var beforeLast: [Int] = []
        var last = Array(0...target.count)
        for (row, byte) in source.enumerated() {
            var current = [row + 1]
            for (column, other) in target.enumerated() {
                var best = min(last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == target[column - 1], source[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[target.count]
    }
}
