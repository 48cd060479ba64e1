internal import PoolScreen

/// Breaks lines at blanks, so that nothing a dialog says is cut.
enum TextWrap {
    /// The lines of a text that is to be at most so wide; a word that is wider is broken.
    static func lines(_ text: String, width: Int) -> [String] {
        guard TextWidth.columns(of: text) > width, width > 0 else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            var word = String(word)
            if TextWidth.columns(of: line) + TextWidth.columns(of: word) + 1 > width, !line.isEmpty {
                lines.append(line)
                line = ""
            }
            while TextWidth.columns(of: word) > width {
                let head = TextWidth.prefix(of: word, columns: width)
                guard !head.isEmpty else { break }
                lines.append(String(head))
                word = String(word[head.endIndex...])
            }
            line += line.isEmpty ? word : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
