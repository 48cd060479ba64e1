internal import PoolTOML

/// Turns supervisord's `%(process_num)02d` and the like into templates.
struct SupervisorExpansion {
    var program: String
    var group: String
    /// numprocs, a constant by the time a profile is written.
    var processes: Int
    /// `%(here)s`: the directory of the configuration file.
    var here: String
    var environment: ImportEnvironment

    /// The template, and what is wrong with the text.
    func template(_ text: String) -> (template: String, troubles: [String]) {
        var result = ""
        var troubles: [String] = []
        var rest = text[...]
        while let character = rest.first {
            rest.removeFirst()
            if character == "{" || character == "}" {
                result += String([character, character])
            } else if character != "%" {
                result.append(character)
            } else if rest.hasPrefix("%") {
                rest.removeFirst()
                result.append("%")
            } else if rest.hasPrefix("("), let close = rest.firstIndex(of: ")") {
                let name = rest[rest.index(after: rest.startIndex)..<close]
                rest = rest[rest.index(after: close)...]
                let (width, length) = SupervisorExpansion.conversion(rest)
                guard let length else {
                    troubles.append("\(quoted("%(\(name))")) has no conversion such as s or d")
                    continue
                }
                rest = rest.dropFirst(length)
                if let piece = value(name, width: width) {
                    result += piece
                } else {
                    troubles.append("\(quoted("%(\(name))s")) is not known here")
                    result += Template.escaped("%(\(name))s")
                }
            } else {
                troubles.append("a lone '%'; supervisord wants %%")
                result.append("%")
            }
        }
        return (result, troubles)
    }

    /// The text itself, of an option that says nothing about single processes.
    func text(_ text: String) -> (text: String, troubles: [String]) {
        let (template, troubles) = template(text)
        return (template.replacing("{{", with: "{").replacing("}}", with: "}"), troubles)
    }

    /// `s`, `d` or `02d` at the start of the text: the width, and how long it is.
    private static func conversion(_ text: Substring) -> (width: Int, length: Int?) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= 2, let kind = text.dropFirst(digits.count).first, kind == "s" || kind == "d" else {
            return (0, nil)
        }
        return (digits.hasPrefix("0") ? Int(digits) ?? 0 : 0, digits.count + 1)
    }

    private func value(_ name: Substring, width: Int) -> String? {
        switch name {
        case "process_num": return (2...9).contains(width) ? "{n:0\(width)}" : "{n}"
        case "program_name": return Template.escaped(program)
        case "group_name": return Template.escaped(group)
        case "numprocs": return String(processes)
        case "here": return Template.escaped(here)
        case "host_node_name": return Template.escaped(environment.hostName)
        default: break
        }
        guard name.hasPrefix("ENV_") else { return nil }
        return environment.variables[String(name.dropFirst(4))].map(Template.escaped)
    }
}

/// Splits a command line into words as a POSIX shell and Python's `shlex` do; nothing is expanded.
enum ShellWords {
    /// nil where a quote is not closed.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var rest = text[...]
        while let character = rest.first {
            rest.removeFirst()
            switch character {
            case "'":
                guard let close = rest.firstIndex(of: "'") else { return nil }
                word = (word ?? "") + rest[..<close]
                rest = rest[rest.index(after: close)...]
            case "\"":
                guard let (part, length) = doubleQuoted(rest) else { return nil }
                word = (word ?? "") + part
                rest = rest.dropFirst(length)
            case "\\":
                guard let next = rest.first else { return nil }
                rest.removeFirst()
                word = (word ?? "") + String(next)
            case _ where character.isWhitespace:
                if let complete = word { words.append(complete) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    private static func doubleQuoted(_ text: Substring) -> (part: String, length: Int)? {
        var part = ""
        var length = 0
        var isEscaped = false
        for character in text {
            length += 1
            if isEscaped {
                part += character == "\"" || character == "\\" ? String(character) : "\\\(character)"
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                return (part, length)
            } else {
                part.append(character)
            }
        }
        return nil
    }
}
