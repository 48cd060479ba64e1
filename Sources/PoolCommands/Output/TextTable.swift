private import PoolScreen

/// A table as lines of text: columns as wide as their widest cell, as many of them as fit.
struct TextTable {
    struct Column {
        var title: String
        var isRight = false
        /// The higher, the sooner the column is left out where the table is too wide; 0 stays.
        var dropRank = 0
        /// Takes what is left of the width, and is cut there: at most one column, the last.
        var isElastic = false
    }

    struct Cell {
        var text: String
        var role = Style.Role.plain

        init(_ text: String, _ role: Style.Role = .plain) {
            self.text = TerminalText.clean(text)
            self.role = role
        }
    }

    var columns: [Column]
    var rows: [[Cell]] = []

    private static let gap = 2
    /// What an elastic column needs to be of use.
    private static let elasticMin = 24

    /// The lines, each without a line feed.
    func lines(width: Int, style: Style) -> [String] {
        let widths = columns.indices.map { column in
            rows.reduce(TextWidth.columns(of: columns[column].title)) {
                max($0, TextWidth.columns(of: $1[column].text))
            }
        }
        let shown = shownColumns(widths, in: width)
        let header = columns.map { Cell($0.title, .dim) }
        return ([header] + rows).map { row in line(row, shown, widths, width: width, style: style) }
    }

    private func shownColumns(_ widths: [Int], in width: Int) -> [Int] {
        func needed(_ shown: [Int]) -> Int {
            shown.reduce(0) {
                $0 + TextTable.gap
                    + (columns[$1].isElastic ? min(widths[$1], TextTable.elasticMin) : widths[$1])
            } - TextTable.gap
        }
        var shown = Array(columns.indices)
        while needed(shown) > width,
            let victim = shown.filter({ columns[$0].dropRank > 0 }).max(by: {
                columns[$0].dropRank < columns[$1].dropRank
            })
        {
            shown.removeAll { $0 == victim }
        }
        return shown
    }

    private func line(_ row: [Cell], _ shown: [Int], _ widths: [Int], width: Int, style: Style) -> String {
        var line = ""
        var used = 0
        for column in shown {
            if column != shown.first {
                line += String(repeating: " ", count: TextTable.gap)
                used += TextTable.gap
            }
            let room = columns[column].isElastic && width < .max ? max(0, width - used) : widths[column]
            let text = TextTable.fit(row[column].text, into: room)
            let padding = String(repeating: " ", count: max(0, widths[column] - TextWidth.columns(of: text)))
            let isLast = column == shown.last
            let styled = style(text, row[column].role)
            line += columns[column].isRight ? padding + styled : styled + (isLast ? "" : padding)
            used += widths[column]
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// Cuts with an ellipsis what is too long.
    private static func fit(_ text: String, into width: Int) -> String {
        guard TextWidth.columns(of: text) > width else { return text }
        return width > 0 ? TextWidth.prefix(of: text, columns: width - 1) + "…" : ""
    }
}
