/// What a filter or a search looks for: a regular expression over UTF-8 bytes (literals, `.`, `[a-z]`, `*`, `+`, `?`, `|`,
/// `( )`, `^`, `$`, `\d \w \s`), without regard to ASCII case, with `!` before it for "does not match".
///
/// Matching walks all alternatives at once (a Glushkov automaton of at most 63 positions in one machine word), so no
/// expression can make it slow: the time is the line's length times the number of positions at worst.
package struct Pattern: Hashable, Sendable {
    package let source: String
    /// `!` came first.
    package let isInverse: Bool
    private let automaton: PatternAutomaton

    /// Reads an expression; nil where it is not one (the caller then says so, and goes on with the one before).
    package init?(_ source: String) {
        var text = Substring(source)
        isInverse = text.hasPrefix("!")
        if isInverse { text = text.dropFirst() }
        guard !text.isEmpty, let automaton = PatternAutomaton(Array(text.utf8)) else { return nil }
        self.source = source
        self.automaton = automaton
    }

    /// Whether a line passes: it holds the expression, or does not where that was asked for.
    package func accepts(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { accepts($0) }
    }

    func accepts(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        (automaton.end(in: bytes, from: 0) != nil) != isInverse
    }

    /// Where the expression is found, as byte ranges, leftmost first and longest; none for an inverse pattern.
    package func matches(in text: String, max: Int = 64) -> [Range<Int>] {
        guard !isInverse else { return [] }
        var text = text
        return text.withUTF8 { bytes in
            var found: [Range<Int>] = []
            var start = 0
            while start < bytes.count, found.count < max {
                guard automaton.end(in: bytes, from: start) != nil else { break }
                if let end = automaton.longest(in: bytes, at: start), end > start {
                    found.append(start..<end)
                    start = end
                } else {
                    start += 1
                }
            }
            return found
        }
    }
}
