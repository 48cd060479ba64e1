extension TOMLParser {
    /// `"…"`, or `"""…"""` where a value may be one.
    mutating func basicString(multiline: Bool = false) throws(TOMLSyntaxError) -> String {
        let quote = UInt8(ascii: "\"")
        if multiline, openLong(quote) { return try longString(quote, escapes: true) }
        offset += 1
        var text: [UInt8] = []
        while let byte = peek, byte != quote {
            if byte == UInt8(ascii: "\\") {
                try escape(into: &text)
            } else {
                guard !isControl(byte) else { throw unclosed(byte) }
                text.append(byte)
                offset += 1
            }
        }
        guard peek == quote else { throw failure("the string is not closed") }
        offset += 1
        return String(decoding: text, as: UTF8.self)
    }

    /// `'…'`, or `'''…'''` where a value may be one.
    mutating func literalString(multiline: Bool = false) throws(TOMLSyntaxError) -> String {
        let quote = UInt8(ascii: "'")
        if multiline, openLong(quote) { return try longString(quote, escapes: false) }
        offset += 1
        let start = offset
        while let byte = peek, byte != quote {
            guard !isControl(byte) else { throw unclosed(byte) }
            offset += 1
        }
        guard peek == quote else { throw failure("the string is not closed") }
        offset += 1
        return String(decoding: bytes[start..<offset - 1], as: UTF8.self)
    }

    /// Steps over three quotes and a line's end right behind them.
    private mutating func openLong(_ quote: UInt8) -> Bool {
        guard peek(1) == quote, peek(2) == quote else { return false }
        offset += 3
        _ = newline()
        return true
    }

    private mutating func longString(_ quote: UInt8, escapes: Bool) throws(TOMLSyntaxError) -> String {
        var text: [UInt8] = []
        while let byte = peek {
            if byte == quote {
                var run = 1
                while run < 5, peek(run) == quote { run += 1 }
                offset += run
                if run < 3 {
                    text.append(contentsOf: repeatElement(quote, count: run))
                    continue
                }
                // Up to two quotes may stand before the three that close.
                text.append(contentsOf: repeatElement(quote, count: run - 3))
                return String(decoding: text, as: UTF8.self)
            } else if escapes, byte == UInt8(ascii: "\\") {
                if try !foldLines() { try escape(into: &text) }
            } else if newline() {
                text.append(UInt8(ascii: "\n"))
            } else {
                guard !isControl(byte) else { throw failure("control character in a string") }
                text.append(byte)
                offset += 1
            }
        }
        throw failure("the string is not closed")
    }

    /// A backslash at a line's end takes away the line's end and all blank space behind it.
    private mutating func foldLines() throws(TOMLSyntaxError) -> Bool {
        let start = offset
        offset += 1
        skipBlanks()
        guard newline() else {
            offset = start
            return false
        }
        repeat { skipBlanks() } while newline()
        return true
    }

    private mutating func escape(into text: inout [UInt8]) throws(TOMLSyntaxError) {
        let position = position
        offset += 1
        let letter = peek
        // A line's end is left to be counted where lines are.
        if let letter, !isControl(letter) { offset += 1 }
        switch letter {
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(letter ?? 0)
        case UInt8(ascii: "u"): text.append(contentsOf: try scalarEscape(digits: 4, at: position))
        case UInt8(ascii: "U"): text.append(contentsOf: try scalarEscape(digits: 8, at: position))
        default:
            throw TOMLSyntaxError(
                position: position,
                message: "unknown escape in a string; write \\\\ for a backslash, or use '…'"
            )
        }
    }

    private mutating func scalarEscape(digits: Int, at position: TextPosition) throws(TOMLSyntaxError) -> [UInt8] {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = peek, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw TOMLSyntaxError(position: position, message: "expected \(digits) hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        guard let scalar = UnicodeScalar(value) else {
            throw TOMLSyntaxError(position: position, message: "not a Unicode character")
        }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func unclosed(_ byte: UInt8) -> TOMLSyntaxError {
        let atEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        return failure(atEnd ? "the string is not closed on this line" : "control character in a string")
    }
}
