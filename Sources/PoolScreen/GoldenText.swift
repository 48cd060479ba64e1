extension Screen {
    /// The screen as text, one line a row, blanks at the right cut.
    package var text: String {
        (0..<size.rows).map { trimmed(row($0)) + "\n" }.joined()
    }

    /// Text and roles as golden files hold them: rows framed by `┋`, then one letter a cell for what it means
    /// (lower rows of the file), then the cursor. A change of either shows as a difference of lines.
    package var golden: String {
        var lines = ["\(size.columns)x\(size.rows)"]
        lines += (0..<size.rows).map { "┋\(row($0))┋" }
        lines.append("roles")
        lines += (0..<size.rows).map { y in
            String((0..<size.columns).map { letter(self[$0, y]) })
        }
        if let cursor { lines.append("cursor \(cursor.x),\(cursor.y)\(isCursorVisible ? " visible" : "")") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ y: Int) -> String {
        var line = ""
        for x in 0..<size.columns where !self[x, y].isTail {
            line.unicodeScalars.append(Unicode.Scalar(self[x, y].scalar) ?? "\u{FFFD}")
            line.unicodeScalars.append(contentsOf: self[x, y].markScalars)
        }
        return line
    }

    private func letter(_ cell: Cell) -> Character {
        let letter = Role(rawValue: cell.role)?.letter ?? "?"
        return cell.flags.contains(.stale) && letter == "." ? "," : letter
    }

    private func trimmed(_ line: String) -> String {
        var line = Substring(line)
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
