/// Makes text from workers fit to be shown: no control character, escape sequence or direction mark is left, so that
/// nothing that a worker writes can steer the terminal.
package enum LogText {
    /// Bytes of a line that are kept. Beyond: the rest is cut and counted.
    package static let bytesMax = 8192

    /// The text without escape sequences (ESC and C1 forms), controls, format characters and variation selectors; tabs
    /// become blanks to the next multiple of eight, scalars that Unicode has not assigned become U+FFFD.
    package static func clean(_ text: String) -> String {
        var cut = 0
        var text = Substring(text)
        if text.utf8.count > bytesMax {
            cut = text.utf8.count
            var end = text.utf8.index(text.startIndex, offsetBy: bytesMax)
            while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { text.utf8.formIndex(before: &end) }
            text = text[..<end]
            cut -= text.utf8.count
        }
        let cleaned = isPlain(text) ? String(text) : filtered(text)
        return cut > 0 ? cleaned + " [+\(cut) bytes]" : cleaned
    }

    /// Printable ASCII alone: nearly every line.
    private static func isPlain(_ text: Substring) -> Bool {
        var text = text
        return text.withUTF8 { bytes in bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }
    }

    private static func filtered(_ text: Substring) -> String {
        var result = ""
        var column = 0
        var scanner = EscapeScanner()
        for scalar in text.unicodeScalars where !scanner.swallows(scalar) {
            if scalar == "\t" {
                let blanks = 8 - column % 8
                result += String(repeating: " ", count: blanks)
                column += blanks
            } else if let shown = visible(scalar) {
                result.unicodeScalars.append(shown)
                column += 1
            }
        }
        return result
    }

    /// nil for what is not shown at all.
    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        let value = scalar.value
        if value < 0x20 || (value >= 0x7F && value < 0xA0) { return nil }
        if value < 0x300 { return scalar }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: return nil
        case .unassigned, .privateUse: return "\u{FFFD}"
        default: return (0xFE00...0xFE0F).contains(value) ? nil : scalar
        }
    }
}

/// Where in an escape sequence a text is (ECMA-48): sequences are dropped whole, not only their ESC.
private struct EscapeScanner {
    private enum Place { case text, escape, control, string, stringEscape }

    private var place = Place.text

    /// Whether this scalar belongs to a sequence.
    mutating func swallows(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        switch place {
        case .text:
            switch value {
            case 0x1B: place = .escape
            case 0x9B: place = .control
            case 0x90, 0x98, 0x9D, 0x9E, 0x9F: place = .string
            default: return false
            }
        case .escape:
            switch value {
            case 0x5B: place = .control
            case 0x50, 0x58, 0x5D, 0x5E, 0x5F: place = .string
            case 0x20...0x2F: break
            case 0x1B: break
            default: place = .text
            }
        case .control:
            if value == 0x1B { place = .escape } else if value >= 0x40 && value < 0x7F { place = .text }
        case .string:
            if value == 0x07 || value == 0x9C { place = .text } else if value == 0x1B { place = .stringEscape }
        case .stringEscape:
            place = value == 0x5C ? .text : .string
        }
        return true
    }
}
