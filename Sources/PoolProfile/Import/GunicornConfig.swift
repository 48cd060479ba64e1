internal import PoolTOML

/// Reads the plain assignments of a `gunicorn.conf.py`: no code is run, and what is more than a literal is noted.
///
/// gunicorn goes on reading the file itself: lost are only values that the profile needs too.
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

    /// Settings that the profile must know, and where it says them.
    static let needed = [
        "bind": "[front] listen", "workers": "[pool] workers", "keepalive": "[front.timeouts] upstream_idle",
        "graceful_timeout": "[worker] stop_timeout", "chdir": "[worker] directory", "daemon": "[worker] command",
        "wsgi_app": "[worker] command",
    ]

    private let environment: ImportEnvironment

    init(_ source: ImportSource, _ environment: ImportEnvironment = ImportEnvironment()) {
        self.environment = environment
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
            // A list may go on over lines until its bracket is closed, a text until its quotes are.
            while GunicornConfig.goesOn(statement), index < lines.count, statement.utf8.count < 65_536 {
                if statement.hasSuffix("\\") { statement.removeLast() }
                statement += "\n" + lines[index]
                index += 1
            }
            take(statement, token)
        }
    }

    private static func goesOn(_ statement: String) -> Bool {
        if trimmed(statement).hasPrefix("#") { return false }
        for quotes in ["\"\"\"", "'''"] where statement.contains(quotes) {
            return statement.ranges(of: quotes).count % 2 == 1
        }
        return PythonLiteral.isOpen(statement) || statement.hasSuffix("\\")
    }

    private mutating func take(_ statement: String, _ token: ImportToken) {
        // A text that stands by itself is a comment.
        guard let first = statement.first, first != "#", first != "\"", first != "'" else { return }
        let indent = statement.prefix { $0 == " " || $0 == "\t" }
        let body = statement.dropFirst(indent.count)
        let name = body.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let rest = body.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
        let isAssignment = !name.isEmpty && rest.first == "=" && rest.dropFirst().first != "="
        if first.isWhitespace {
            // It belongs to the statement above, which is noted: a function that is called later, or a condition.
            guard isAssignment, let place = GunicornConfig.needed[String(name)] else { return }
            var setting = token
            setting.text = String(name)
            notes.append(setting.note(.lost, "whether it is set shows only when the code runs: write \(place)"))
            return
        }
        guard isAssignment else {
            let words = body.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }.map(String.init)
            if let word = words.first(where: { GunicornConfig.needed[$0] != nil }) {
                let reason = "no code is run, and it may set \(word): write \(GunicornConfig.needed[word] ?? "")"
                notes.append(token.note(.lost, reason))
            } else {
                notes.append(token.note(.unneeded, "no code is run here; gunicorn goes on running it"))
            }
            return
        }
        var setting = token
        setting.text = String(name)
        let text = rest.dropFirst()
        let place = GunicornConfig.needed[setting.text]
        guard let value = PythonLiteral.read(text) ?? computed(text, setting) else {
            let lost = "its value is computed, and no code is run: write \(place ?? "")"
            notes.append(
                place == nil
                    ? setting.note(.unneeded, "gunicorn goes on reading it from its file") : setting.note(.lost, lost)
            )
            return
        }
        settings.append(Setting(name: setting, value: value))
    }
}

extension GunicornConfig {
    /// The value that code would have on this machine, where it is simple enough.
    private mutating func computed(_ text: Substring, _ setting: ImportToken) -> Value? {
        guard GunicornConfig.needed[setting.text] != nil, let value = PythonExpression.read(text, environment) else {
            return nil
        }
        let shown: String
        switch value {
        case .integer(let number): shown = String(number)
        case .text(let text): shown = text
        default: return nil
        }
        notes.append(setting.note(.changed, "it is \(shown), as computed on this machine"))
        return value
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
    static func string(_ rest: inout Substring) -> String? {
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
