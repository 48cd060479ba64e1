/// Reads TOML 1.0 into values that know their line and column.
///
/// An own parser, because every problem of a profile is reported with its place, which the libraries do not keep; and
/// because the one with a Swift interface brings C++ and all of Foundation into `poolctl`, which must start in
/// milliseconds.
///
/// Time is linear in the text; depth is bounded by ``depthMax``. It goes on after an error at the next line, so that
/// all mistakes of a text are reported at once, up to ``errorsMax``.
package struct TOMLParser {
    /// Nested values, and parts of one key. Beyond: refused, so that recursion stays shallow.
    package static let depthMax = 32
    package static let errorsMax = 20

    let bytes: [UInt8]
    var offset = 0
    var depth = 0
    private var line = 1
    private var lineStart = 0
    /// The last position asked for: columns are counted on from it, never again from the line's start.
    private var memo = (offset: 0, column: 1)
    /// Whether the present statement has passed a line's end: then there is no safe place to go on after an error.
    private var crossedLine = false

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// The document's root table, and what is wrong with it. With errors the table holds what could be read.
    package static func parse(_ text: String) -> (table: TOMLTable, errors: [TOMLSyntaxError]) {
        var parser = TOMLParser(text)
        if parser.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.offset = 3 }
        let root = TOMLTableNode(.header, at: TextPosition(line: 1, column: 1))
        var current = root
        var errors: [TOMLSyntaxError] = []
        while parser.offset < parser.bytes.count, errors.count < errorsMax {
            parser.crossedLine = false
            do throws(TOMLSyntaxError) {
                try parser.statement(root, &current)
            } catch {
                errors.append(error)
                if parser.crossedLine { break }
                parser.skipLine()
            }
        }
        return (root.finished, errors)
    }

    private mutating func statement(_ root: TOMLTableNode, _ current: inout TOMLTableNode) throws(TOMLSyntaxError) {
        skipBlanks()
        switch peek {
        case nil: return
        case UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
        case UInt8(ascii: "["): current = try header(root)
        default:
            let path = try key()
            try expect(UInt8(ascii: "="), "expected '=' after the key")
            skipBlanks()
            try current.insert(path, value())
        }
        try endOfLine()
    }

    private mutating func header(_ root: TOMLTableNode) throws(TOMLSyntaxError) -> TOMLTableNode {
        offset += 1
        let isArray = peek == UInt8(ascii: "[")
        if isArray { offset += 1 }
        let path = try key()
        try expect(UInt8(ascii: "]"), "expected ']' after the table's name")
        if isArray {
            guard peek == UInt8(ascii: "]") else { throw failure("expected ']]' after the table's name") }
            offset += 1
        }
        return isArray ? try root.append(path) : try root.open(path)
    }

    /// A key of one or more parts; blanks around it are skipped.
    mutating func key() throws(TOMLSyntaxError) -> [TOMLKeyPart] {
        var parts: [TOMLKeyPart] = []
        repeat {
            if !parts.isEmpty { offset += 1 }
            skipBlanks()
            let position = position
            let name: String
            switch peek {
            case UInt8(ascii: "\""): name = try basicString()
            case UInt8(ascii: "'"): name = try literalString()
            default: name = try bareKey()
            }
            parts.append(TOMLKeyPart(name: name, position: position))
            guard parts.count <= TOMLParser.depthMax else { throw failure("the key has too many parts") }
            skipBlanks()
        } while peek == UInt8(ascii: ".")
        return parts
    }

    private mutating func bareKey() throws(TOMLSyntaxError) -> String {
        let start = offset
        while let byte = peek, isBareKeyByte(byte) { offset += 1 }
        guard offset > start else { throw failure("expected a key\(foundHere)") }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    mutating func value() throws(TOMLSyntaxError) -> TOMLValue {
        let position = position
        depth += 1
        defer { depth -= 1 }
        guard depth <= TOMLParser.depthMax else { throw failure("values are nested too deeply") }
        switch peek {
        case UInt8(ascii: "\""): return TOMLValue(.string(try basicString(multiline: true)), at: position)
        case UInt8(ascii: "'"): return TOMLValue(.string(try literalString(multiline: true)), at: position)
        case UInt8(ascii: "["): return TOMLValue(.array(try array()), at: position)
        case UInt8(ascii: "{"): return TOMLValue(.table(try inlineTable(at: position)), at: position)
        default: return TOMLValue(try scalar(), at: position)
        }
    }

    private mutating func array() throws(TOMLSyntaxError) -> [TOMLValue] {
        offset += 1
        var values: [TOMLValue] = []
        while true {
            try skipLines()
            if peek == UInt8(ascii: "]") { break }
            values.append(try value())
            try skipLines()
            guard peek == UInt8(ascii: ",") else { break }
            offset += 1
        }
        try expect(UInt8(ascii: "]"), "expected ',' or ']' in the array")
        return values
    }

    private mutating func inlineTable(at position: TextPosition) throws(TOMLSyntaxError) -> TOMLTable {
        offset += 1
        let table = TOMLTableNode(.inline, at: position)
        skipBlanks()
        if peek != UInt8(ascii: "}") {
            while true {
                let path = try key()
                try expect(UInt8(ascii: "="), "expected '=' after the key")
                skipBlanks()
                try table.insert(path, value())
                skipBlanks()
                guard peek == UInt8(ascii: ",") else { break }
                offset += 1
            }
        }
        try expect(UInt8(ascii: "}"), "expected ',' or '}' in the inline table, which stands on one line")
        return table.finished
    }
}

extension TOMLParser {
    var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    func peek(_ ahead: Int) -> UInt8? { offset + ahead < bytes.count ? bytes[offset + ahead] : nil }

    /// Where the parser stands.
    var position: TextPosition {
        mutating get {
            for byte in bytes[memo.offset..<max(memo.offset, offset)] where byte & 0xC0 != 0x80 { memo.column += 1 }
            memo.offset = max(memo.offset, offset)
            return TextPosition(line: line, column: memo.column)
        }
    }

    mutating func failure(_ message: String) -> TOMLSyntaxError {
        TOMLSyntaxError(position: position, message: message)
    }

    /// `, found 'x'`, for messages.
    var foundHere: String {
        guard let byte = peek else { return ", found the end of the file" }
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return ", found the end of the line" }
        guard byte > 32, byte < 127 else { return "" }
        return ", found '\(Character(UnicodeScalar(byte)))'"
    }

    mutating func expect(_ byte: UInt8, _ message: String) throws(TOMLSyntaxError) {
        skipBlanks()
        guard peek == byte else { throw failure(message + foundHere) }
        offset += 1
    }

    mutating func skipBlanks() {
        while let byte = peek, byte == 32 || byte == 9 { offset += 1 }
    }

    /// Steps over a line's end; false where the parser does not stand at one.
    mutating func newline() -> Bool {
        let length: Int
        switch peek {
        case UInt8(ascii: "\n"): length = 1
        case UInt8(ascii: "\r") where peek(1) == UInt8(ascii: "\n"): length = 2
        default: return false
        }
        offset += length
        line += 1
        lineStart = offset
        memo = (offset, 1)
        crossedLine = true
        return true
    }

    /// Blanks, comments and line ends, between the values of an array.
    private mutating func skipLines() throws(TOMLSyntaxError) {
        repeat {
            skipBlanks()
            try comment()
        } while newline()
    }

    private mutating func comment() throws(TOMLSyntaxError) {
        guard peek == UInt8(ascii: "#") else { return }
        while let byte = peek, byte != UInt8(ascii: "\n") {
            if byte == UInt8(ascii: "\r"), peek(1) == UInt8(ascii: "\n") { return }
            guard !isControl(byte) else { throw failure("control character in a comment") }
            offset += 1
        }
    }

    private mutating func endOfLine() throws(TOMLSyntaxError) {
        skipBlanks()
        try comment()
        guard newline() || peek == nil else { throw failure("expected the end of the line\(foundHere)") }
    }

    private mutating func skipLine() {
        while peek != nil, !newline() { offset += 1 }
    }
}

/// Control characters that may stand nowhere in a document: all but tab.
package func isControl(_ byte: UInt8) -> Bool { byte < 32 && byte != 9 || byte == 127 }

package func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

package func isLetter(_ byte: UInt8) -> Bool { (byte | 32) >= UInt8(ascii: "a") && (byte | 32) <= UInt8(ascii: "z") }

/// `A-Z a-z 0-9 _ -`.
package func isBareKeyByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}
