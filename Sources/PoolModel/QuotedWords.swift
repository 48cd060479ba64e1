/// The words of a line that somebody types: apart by blanks, those in quotes of either kind together. No other character
/// means anything; what a shell does is not done.
package enum QuotedWords {
    /// A quote that is not closed goes on to the end.
    package static func split(_ line: String) -> [String] { scan(line).words }

    /// Whether a quote is not closed: a blank at the end would be of the last word.
    package static func isOpen(_ line: String) -> Bool { scan(line).isOpen }

    private static func scan(_ line: String) -> (words: [String], isOpen: Bool) {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                (quote, word) = (character, word ?? "")
            } else if quote == nil, character == " " {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return (words + (word.map { [$0] } ?? []), quote != nil)
    }

    /// A word as a shell takes it: in single quotes, where one is put between quoted pieces.
    package static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
