internal import PoolTOML

/// Reads nginx's configuration into directives that know their place.
struct NginxConf {
    struct Directive: Hashable {
        var name: ImportToken
        var arguments: [ImportToken]
        /// The directives of its block; nil for a simple one.
        var block: [Directive]?

        func argument(_ index: Int) -> String { index < arguments.count ? arguments[index].text : "" }
    }

    /// Blocks within blocks. Beyond: refused, so that recursion stays shallow.
    static let depthMax = 32

    private(set) var directives: [Directive] = []
    private(set) var notes: [ImportNote] = []

    private let file: String
    private let scalars: [Unicode.Scalar]
    private var offset = 0
    private var line = 1
    private var lineStart = 0
    private var depth = 0

    init(_ source: ImportSource) {
        file = source.file
        // Editors of other systems put a byte order mark before the text; nginx overlooks it too.
        let text = source.text.unicodeScalars
        scalars = Array(text.first == "\u{FEFF}" ? text.dropFirst() : text[...])
        directives = block(isRoot: true)
    }

    private enum Word {
        case text(ImportToken)
        case open, close, end, endOfFile
    }

    private mutating func block(isRoot: Bool) -> [Directive] {
        var directives: [Directive] = []
        var words: [ImportToken] = []
        while true {
            let place = here("}")
            switch next() {
            case .text(let token): words.append(token)
            case .end:
                if let name = words.first {
                    directives.append(Directive(name: name, arguments: Array(words.dropFirst())))
                }
                words = []
            case .open:
                let name = words.first ?? here("{")
                if name.text.hasSuffix("_by_lua_block") {
                    skipCode()
                    directives.append(Directive(name: name, arguments: Array(words.dropFirst())))
                    words = []
                    continue
                }
                depth += 1
                if depth > NginxConf.depthMax {
                    notes.append(name.note(.invalid, "blocks are nested too deeply"))
                    offset = scalars.count
                    return directives
                }
                let inner = block(isRoot: false)
                depth -= 1
                directives.append(Directive(name: name, arguments: Array(words.dropFirst()), block: inner))
                words = []
            case .close:
                if let name = words.first { notes.append(name.note(.invalid, "expected ';' behind the directive")) }
                words = []
                if !isRoot { return directives }
                notes.append(place.note(.invalid, "a '}' without a '{'"))
            case .endOfFile:
                if let name = words.first { notes.append(name.note(.invalid, "expected ';' behind the directive")) }
                if !isRoot { notes.append(place.note(.invalid, "a block is not closed")) }
                return directives
            }
        }
    }

    /// To the brace that closes a block of Lua, whose text is not nginx's.
    private mutating func skipCode() {
        var open = 1
        var quote: Unicode.Scalar?
        while offset < scalars.count, open > 0 {
            let scalar = scalars[offset]
            if scalar == "\\", offset + 1 < scalars.count {
                advance()
            } else if let closing = quote {
                if scalar == closing || scalar == "\n" { quote = nil }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
            } else if scalar == "{" {
                open += 1
            } else if scalar == "}" {
                open -= 1
            }
            advance()
        }
        if open > 0 { notes.append(here("}").note(.invalid, "a block is not closed")) }
    }

    private func here(_ text: String) -> ImportToken {
        ImportToken(text: text, file: file, position: TextPosition(line: line, column: offset - lineStart + 1))
    }

    private mutating func advance() {
        if scalars[offset] == "\n" {
            line += 1
            lineStart = offset + 1
        }
        offset += 1
    }

    private mutating func next() -> Word {
        while offset < scalars.count {
            if scalars[offset] == "#" {
                while offset < scalars.count, scalars[offset] != "\n" { offset += 1 }
            } else if scalars[offset].properties.isWhitespace {
                advance()
            } else {
                break
            }
        }
        guard offset < scalars.count else { return .endOfFile }
        switch scalars[offset] {
        case ";": offset += 1; return .end
        case "{": offset += 1; return .open
        case "}": offset += 1; return .close
        case "\"", "'": return .text(quotedWord())
        default: return .text(bareWord())
        }
    }

    private mutating func quotedWord() -> ImportToken {
        var token = here("")
        let quote = scalars[offset]
        offset += 1
        var text = String.UnicodeScalarView()
        while offset < scalars.count, scalars[offset] != quote {
            if scalars[offset] == "\\", offset + 1 < scalars.count,
                scalars[offset + 1] == quote || scalars[offset + 1] == "\\"
            {
                offset += 1
            }
            text.append(scalars[offset])
            advance()
        }
        token.text = String(text)
        if offset < scalars.count {
            offset += 1
        } else {
            notes.append(token.note(.invalid, "a quote is not closed"))
        }
        return token
    }

    /// Up to a blank, `;`, `{` or `}`; `${name}` belongs to the word.
    private mutating func bareWord() -> ImportToken {
        var token = here("")
        var text = String.UnicodeScalarView()
        var isVariable = false
        while offset < scalars.count {
            let scalar = scalars[offset]
            if scalar.properties.isWhitespace || scalar == ";" { break }
            if scalar == "{" {
                guard text.last == "$" else { break }
                isVariable = true
            } else if scalar == "}" {
                guard isVariable else { break }
                isVariable = false
            } else if scalar == "\\", offset + 1 < scalars.count, !scalars[offset + 1].properties.isWhitespace {
                text.append(scalar)
                offset += 1
            }
            text.append(scalars[offset])
            offset += 1
        }
        token.text = String(text)
        return token
    }
}
