internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The keys, from the table that also dispatches them; those of the shown view stand out.
enum HelpView {
    /// A line of the help: texts with their columns.
    struct Line: Hashable, Sendable {
        var parts: [(x: Int, text: CellText)]

        static func == (left: Line, right: Line) -> Bool { left.parts.map(\.text) == right.parts.map(\.text) }
        func hash(into hasher: inout Hasher) { hasher.combine(parts.map(\.text)) }
    }

    /// Columns of an entry's keys.
    private static let textColumn = 10

    /// Rows of the help on a screen of this size.
    static func rows(_ size: Size) -> Int { max(1, size.rows - 2) }

    static func draw(_ help: HelpState, _ model: DashboardModel, on screen: inout Screen) {
        screen.fill(screen.bounds)
        let width = model.size.columns
        let lines = lines(model)
        screen.fill(Rect(x: 0, y: 0, width: width, height: 1), role: .title)
        screen.put(" Help: \(model.view.title)", x: 0, y: 0, role: .title)
        let rows = rows(model.size)
        let pages =
            lines.count > rows ? "\(help.top + 1)-\(min(lines.count, help.top + rows)) of \(lines.count)   " : ""
        screen.putRight(
            "\(pages)\(width >= 60 ? "\(model.glyphs.upDown) scroll   " : "")Esc ",
            x: 0,
            y: 0,
            width: width,
            role: .title
        )
        for (row, line) in lines.dropFirst(help.top).prefix(rows).enumerated() {
            for (x, part) in line.parts { screen.put(part.text, x: x, y: row + 1, role: part.role, limit: width - x) }
        }
    }

    /// All lines: the groups one under the other, in two columns where there is room.
    static func lines(_ model: DashboardModel) -> [Line] {
        let columns = model.size.columns >= 100 ? 3 : model.size.columns >= 72 ? 2 : 1
        let width = (model.size.columns - 1) / columns
        var lines: [Line] = []
        for group in Binding.Group.allCases {
            let bindings = model.keys.bindings.filter { $0.group == group }
            lines.append(Line(parts: [(1, CellText(group.rawValue.uppercased(), .headerSorted))]))
            let rows = (bindings.count + columns - 1) / columns
            for row in 0..<rows {
                var parts: [(Int, CellText)] = []
                for column in 0..<columns {
                    let index = column * rows + row
                    guard bindings.indices.contains(index) else { continue }
                    parts += entry(bindings[index], x: 1 + column * width, width: width, model)
                }
                lines.append(Line(parts: parts))
            }
            lines.append(Line(parts: []))
        }
        return lines + notes(model)
    }

    private static func entry(_ binding: Binding, x: Int, width: Int, _ model: DashboardModel) -> [(Int, CellText)] {
        let isHere = binding.views.isEmpty || binding.views.contains(model.view)
        let text = binding.help + (binding.asks ? model.glyphs.asks : "")
        let fitting = TextWidth.prefix(of: text, columns: width - textColumn - 1)
        return [
            (x, CellText(binding.keyNames, isHere ? .key : .dim)),
            (x + textColumn, CellText(String(fitting), isHere ? .normal : .dim)),
        ]
    }

    private static func notes(_ model: DashboardModel) -> [Line] {
        let access = model.actionsRefused ?? "allowed (\(model.daemon?.access.rawValue ?? "unknown right"))"
        let texts = [
            "Actions now: \(access). \(model.glyphs.asks) asks before anything changes; the question shows the command.",
            "Dim keys belong to other views. Esc goes one step back and never quits.",
            "The selection is a worker, not a row: it stays on it while rows move.",
            "Mouse: click selects, click again opens, a title sorts, the wheel scrolls.",
            "Shift+drag is the terminal's own selection; M turns the mouse off.",
        ]
        return texts.flatMap { TextWrap.lines($0, width: model.size.columns - 2) }.map {
            Line(parts: [(1, CellText($0, .dim))])
        }
    }
}
