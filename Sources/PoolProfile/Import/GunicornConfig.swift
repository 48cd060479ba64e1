internal import PoolTOML

/// Reads the plain assignments of a `gunicorn.conf.py`: no code is run, and what is more than a literal is noted.
struct GunicornConfig {
    enum Value: Hashable {
        case text(String)
        case integer(Int)
        case boolean(Bool)
        case none
        case list([Value])
    }

    struct Setting: Hashable {
        var name: ImportToken
        var value: Value
    }

    private(set) var settings: [Setting] = []
    private(set) var notes: [ImportNote] = []

    /// The last assignment of a name, which wins.
    subscript(name: String) -> Setting? { settings.last { $0.name.text == name } }

    init(_ source: ImportSource) {
        let lines = source.text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        var index = 0
        while index < lines.count {
            let token = ImportToken(
                text: String(lines[index].prefix(60)),
                file: source.file,
                position: TextPosition(line: index + 1, column: 1)
            )
            var statement = String(lines[index])
            index += 1
            // A list may go on over lines until its bracket is closed.
            while PythonLiteral.isOpen(statement), index < lines.count, statement.utf8.count < 65_536 {
                statement += "\n" + lines[index]
                index += 1
            }
            take(statement, token)
        }
    }

    private mutating func take(_ statement: String, _ token: ImportToken) {
        guard let first = statement.first, !first.isWhitespace, first != "#" else {
            // Indented lines belong to the statement above, which is noted.
            return
        }
        let name = statement.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let rest = statement.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
        guard !name.isEmpty, rest.first == "=", rest.dropFirst().first != "=" else {
            notes.append(token.note(.lost, "only assignments are read, no code is run"))
            return
        }
        var setting = token
        setting.text = String(name)
        guard let value = PythonLiteral.read(rest.dropFirst()) else {
            notes.append(setting.note(.lost, "its value is no literal, and no code is run"))
            return
        }
        settings.append(Setting(name: setting, value: value))
    }
}

/// Python's literals, as far as settings use them.
enum PythonLiteral {
    /// nil for anything else: names, calls, f-strings, operators.
    static func read(_ text: Substring) -> GunicornConfig.Value? {
        var rest = text
        guard let value = value(&rest, depth: 0) else { return nil }
        skip(&rest)
        return rest.isEmpty ? value : nil
    }

    /// Whether brackets are open at the text's end, outside strings and comments.
    static func isOpen(_ text: String) -> Bool {
        var depth = 0
        var quote: Character?
        var isComment = false
        var isEscaped = false
        for character in text {
            if character == "\n" || character == "\r\n" {
                (isComment, quote) = (false, nil)
            } else if isComment || isEscaped {
                isEscaped = false
            } else if let open = quote {
                if character == "\\" { isEscaped = true }
                if character == open { quote = nil }
            } else {
                switch character {
                case "#": isComment = true
                case "'", "\"": quote = character
                case "[", "(", "{": depth += 1
                case "]", ")", "}": depth -= 1
                default: break
                }
            }
        }
        return depth > 0
    }

    /// Blanks, line ends and comments.
    private static func skip(_ rest: inout Substring) {
        while let character = rest.first {
            if character == "#" {
                rest = rest.drop { $0 != "\n" && $0 != "\r\n" }
            } else if character.isWhitespace {
                rest.removeFirst()
            } else {
                return
            }
        }
    }

    private static func value(_ rest: inout Substring, depth: Int) -> GunicornConfig.Value? {
        skip(&rest)
        guard depth < 4, let first = rest.first else { return nil }
        if first == "\"" || first == "'" { return string(&rest).map(GunicornConfig.Value.text) }
        if first == "[" || first == "(" { return list(&rest, close: first == "[" ? "]" : ")", depth: depth) }
        let word = rest.prefix {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "+" || $0 == ".")
        }
        rest = rest.dropFirst(word.count)
        switch word {
        case "True": return .boolean(true)
        case "False": return .boolean(false)
        case "None": return GunicornConfig.Value.none
        default: break
        }
        if word.hasPrefix("0o") { return Int(word.dropFirst(2), radix: 8).map(GunicornConfig.Value.integer) }
        return Int(word.filter { $0 != "_" }).map(GunicornConfig.Value.integer)
    }

    private static func list(_ rest: inout Substring, close: Character, depth: Int) -> GunicornConfig.Value? {
        rest.removeFirst()
        var values: [GunicornConfig.Value] = []
        while true {
            skip(&rest)
            if rest.first == close { break }
            guard let element = value(&rest, depth: depth + 1) else { return nil }
            values.append(element)
            skip(&rest)
            guard rest.first == "," else { break }
            rest.removeFirst()
        }
        guard rest.first == close else { return nil }
        rest.removeFirst()
        return .list(values)
    }

    /// A string on one line, without prefix and without triple quotes.
    private static func string(_ rest: inout Substring) -> String? {
        let quote = rest.removeFirst()
        if rest.hasPrefix(String([quote, quote])) { return nil }
        var text = ""
        while let character = rest.first {
            rest.removeFirst()
            if character == quote { return text }
            if character == "\n" || character == "\r\n" { return nil }
            if character == "\\" {
                guard let next = rest.first else { return nil }
                rest.removeFirst()
                switch next {
                case "n": text.append("\n")
                case "t": text.append("\t")
                case "\\", "'", "\"": text.append(next)
                default: return nil
                }
            } else {
                text.append(character)
            }
        }
        return nil
    }
}
