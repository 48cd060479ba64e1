/// A place in a text: both count from 1; the column counts Unicode scalars, as editors do.
package struct TextPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    package var description: String { "\(line):\(column)" }
}

/// A value of a TOML document, and where it begins.
package struct TOMLValue: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case string(String)
        case integer(Int64)
        case float(Double)
        case boolean(Bool)
        /// A date, a time or both, as written: no profile has a use for them.
        case dateTime(String)
        case array([TOMLValue])
        case table(TOMLTable)
    }

    package var kind: Kind
    package var position: TextPosition

    package init(_ kind: Kind, at position: TextPosition) {
        self.kind = kind
        self.position = position
    }

    /// What it is, for messages: `the string "x"`, `the integer 8`, `an array`.
    package var summary: String {
        switch kind {
        case .string(let text): text.utf8.count <= 40 ? "the string \(quoted(text))" : "a string"
        case .integer(let value): "the integer \(value)"
        case .float(let value): "the number \(value)"
        case .boolean(let value): "\(value)"
        case .dateTime: "a date or time"
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// A table of a TOML document, its entries in the order of the text.
package struct TOMLTable: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var key: String
        package var keyPosition: TextPosition
        package var value: TOMLValue
    }

    package var entries: [Entry]

    package init(entries: [Entry] = []) { self.entries = entries }

    package subscript(key: String) -> TOMLValue? { entries.first { $0.key == key }?.value }
}

/// The text as a TOML basic string, with its quotes: control characters cannot reach a terminal through a message.
package func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
            let digits = String(scalar.value, radix: 16, uppercase: true)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
