internal import PoolTOML

/// Reads supervisord's configuration as supervisord does: Python's INI dialect, `;` and `#` comments, values that go on
/// in indented lines.
struct SupervisorINI {
    struct Option: Hashable {
        /// In lower case, as supervisord compares it.
        var name: ImportToken
        var value: String
    }

    struct Section: Hashable {
        /// `program:aiohttp`.
        var name: ImportToken
        var options: [Option] = []
        /// `%(here)s`: the directory of the main file, in files that it includes too.
        var here = ""

        /// The last one of a name, which wins.
        subscript(name: String) -> Option? { options.last { $0.name.text == name } }
    }

    private(set) var sections: [Section] = []
    private(set) var notes: [ImportNote] = []
    private let file: String

    init(_ source: ImportSource) {
        file = source.file
        let lines = source.text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            read(line, number: index + 1)
        }
    }

    private mutating func read(_ line: Substring, number: Int) {
        let text = SupervisorINI.withoutComment(line)
        let indent = text.prefix { $0 == " " || $0 == "\t" }
        let body = text.dropFirst(indent.count)
        guard !body.isEmpty else { return }
        let token = ImportToken(
            text: String(body.prefix(60)),
            file: file,
            position: TextPosition(line: number, column: indent.unicodeScalars.count + 1)
        )
        if body.hasPrefix("[") {
            guard let close = body.lastIndex(of: "]") else {
                notes.append(token.note(.invalid, "a section's name ends with ']'"))
                return
            }
            let name = body[body.index(after: body.startIndex)..<close]
            sections.append(Section(name: ImportToken(text: trimmed(name), file: file, position: token.position)))
        } else if sections.isEmpty {
            notes.append(token.note(.invalid, "it stands before the first [section]"))
        } else if !indent.isEmpty, let last = sections[sections.count - 1].options.indices.last {
            sections[sections.count - 1].options[last].value += "\n" + trimmed(body)
        } else if let mark = body.firstIndex(where: { $0 == "=" || $0 == ":" }) {
            let name = ImportToken(text: trimmed(body[..<mark]).lowercased(), file: file, position: token.position)
            let value = trimmed(body[body.index(after: mark)...])
            sections[sections.count - 1].options.append(Option(name: name, value: value))
        } else {
            notes.append(token.note(.invalid, "expected name = value"))
        }
    }

    /// A comment begins with `;` or `#` at the line's start or behind a blank.
    private static func withoutComment(_ line: Substring) -> Substring {
        var end = line.endIndex
        var previous: Character = " "
        for index in line.indices {
            let character = line[index]
            if character == ";" || character == "#", previous == " " || previous == "\t" {
                end = index
                break
            }
            previous = character
        }
        var result = line[..<end]
        while let last = result.last, last.isWhitespace { result.removeLast() }
        return result
    }
}

/// The text without blanks at its ends.
func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
}
