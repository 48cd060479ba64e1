private import PoolScreen

/// Text of strangers (log lines, reasons, names) made harmless for a terminal.
enum TerminalText {
    /// Shows control characters instead of sending them: `^[` for ESC, `<9b>` for C1, `<202e>` for what turns the
    /// direction of writing. A tab becomes spaces up to the next multiple of eight.
    ///
    /// - Parameter keepsColors: Let SGR sequences (`ESC [ … m`) through, and end them with a reset.
    static func clean(_ text: some StringProtocol, keepsColors: Bool = false) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text) }
        var result = ""
        var column = 0
        var hasColor = false
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.first {
            if keepsColors, scalar == "\u{1b}", let end = sgrEnd(rest) {
                result.unicodeScalars.append(contentsOf: rest[..<end])
                rest = rest[end...]
                hasColor = true
                continue
            }
            rest = rest.dropFirst()
            if scalar == "\t" {
                let spaces = 8 - column % 8
                result += String(repeating: " ", count: spaces)
                column += spaces
            } else if let shown = shown(scalar) {
                result += shown
                column += shown.utf8.count
            } else {
                result.unicodeScalars.append(scalar)
                column += TextWidth.columns(of: scalar)
            }
        }
        return hasColor ? result + "\u{1b}[0m" : result
    }

    /// How a scalar that must not reach the terminal is shown; nil for the harmless.
    private static func shown(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0..<0x20: "^" + String(Character(Unicode.Scalar(UInt8(scalar.value) + 0x40)))
        case 0x7F: "^?"
        case 0x80..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0x200E...0x200F, 0xFEFF:
            "<\(String(scalar.value, radix: 16))>"
        default: nil
        }
    }

    /// Where `ESC [ digits and semicolons m` ends; nil where it is anything else.
    private static func sgrEnd(_ text: Substring.UnicodeScalarView) -> String.Index? {
        let parameters = text.dropFirst()
        guard parameters.first == "[" else { return nil }
        for index in parameters.dropFirst().indices.prefix(32) {
            switch parameters[index] {
            case "0"..."9", ";", ":": continue
            case "m": return parameters.index(after: index)
            default: return nil
            }
        }
        return nil
    }
}
