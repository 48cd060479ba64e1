internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The keys, from the table that also dispatches them; those of the shown view stand out.
enum HelpView {
    /// A line of the help: texts with their columns.
    struct Line: Sendable {
        var parts: [(x: Int, text: CellText)]
    }

    /// Columns of an entry's keys.
    private static let textColumn = 10

    /// Rows of the help on a screen of this size.
    static func rows(_ size: Size) -> Int { max(1, size.rows - 2) }

    static func draw(_ help: HelpState, _ model: DashboardModel, on screen: inout Screen) {
        screen.fill(screen.bounds)
        let lines = lines(model, help)
        let rows = rows(model.size)
        drawTitle(help, model, lines: lines.count, rows: rows, on: &screen)
        if lines.isEmpty { screen.put("Nothing in the help holds this: Esc shows all.", x: 1, y: 1, role: .dim) }
        let width = model.size.columns
        for (row, line) in lines.dropFirst(help.top).prefix(rows).enumerated() {
            for (x, part) in line.parts { screen.put(part.text, x: x, y: row + 1, role: part.role, limit: width - x) }
        }
    }

    private static func drawTitle(
        _ help: HelpState,
        _ model: DashboardModel,
        lines: Int,
        rows: Int,
        on screen: inout Screen
    ) {
        let width = model.size.columns
        screen.fill(Rect(x: 0, y: 0, width: width, height: 1), role: .title)
        var end = screen.put(" Help: \(model.view.title)  ", x: 0, y: 0, role: .title)
        let (left, text) = (end, help.editor.text)
        if help.isSearching || !text.isEmpty {
            end = screen.put("/\(text)\(help.isSearching ? "" : "/")", x: end, y: 0, role: .title)
        }
        if help.isSearching {
            let before = String(text.unicodeScalars.prefix(help.editor.cursor).map { Character($0) })
            screen.cursor = Point(x: min(left + 1 + TextWidth.columns(of: before), width - 1), y: 0)
            screen.isCursorVisible = true
        }
        let pages = lines > rows ? "\(help.top + 1)-\(min(lines, help.top + rows)) of \(lines)   " : ""
        let keys =
            help.isSearching
            ? "\(model.glyphs.enter) keep   Esc all "
            : "/ search   \(lines > rows ? "\(model.glyphs.upDown) scroll   " : "")Esc "
        let notes = [pages + keys, pages + "/  Esc ", "Esc "]
        guard let note = notes.first(where: { end + TextWidth.columns(of: $0) < width }) else { return }
        screen.putRight(note, x: 0, y: 0, width: width, role: .title)
    }

    /// All lines, or those that hold what is looked for: the groups one under the other, in columns where there is room.
    static func lines(_ model: DashboardModel, _ help: HelpState) -> [Line] {
        let text = help.editor.text.lowercased()
        func holds(_ line: String) -> Bool { text.isEmpty || line.lowercased().contains(text) }
        var lines = issues(model).filter { holds($0.parts.map(\.text.text).joined(separator: " ")) }
        for group in Binding.Group.allCases {
            let bindings = model.keys.bindings.filter { binding in
                binding.group == group
                    && holds("\(binding.keyNames) \(binding.help) \(group.rawValue) \(binding.command.settingName)")
            }
            guard !bindings.isEmpty else { continue }
            if !lines.isEmpty { lines.append(Line(parts: [])) }
            lines.append(Line(parts: [(1, CellText(group.rawValue.uppercased(), .headerSorted))]))
            lines += entries(bindings, model)
        }
        let notes = notes(model).filter { holds($0) }
        if !notes.isEmpty, !lines.isEmpty { lines.append(Line(parts: [])) }
        return lines + wrapped(notes, .dim, model)
    }

    private static func entries(_ bindings: [Binding], _ model: DashboardModel) -> [Line] {
        let columns = model.size.columns >= 100 ? 3 : model.size.columns >= 72 ? 2 : 1
        let width = (model.size.columns - 1) / columns
        let rows = (bindings.count + columns - 1) / columns
        return (0..<rows).map { row in
            var parts: [(Int, CellText)] = []
            for column in 0..<columns where bindings.indices.contains(column * rows + row) {
                parts += entry(bindings[column * rows + row], x: 1 + column * width, width: width, model)
            }
            return Line(parts: parts)
        }
    }

    private static func entry(_ binding: Binding, x: Int, width: Int, _ model: DashboardModel) -> [(Int, CellText)] {
        let isHere = binding.acts(in: model.view)
        let text = binding.help + (binding.asks ? model.glyphs.asks : "")
        let fitting = TextWidth.prefix(of: text, columns: width - textColumn - 1)
        return [
            (x, CellText(binding.keyNames, isHere ? .key : .dim)),
            (x + textColumn, CellText(String(fitting), isHere ? .normal : .dim)),
        ]
    }

    /// What is wrong in the settings' file: it stands first, because it is why something is not as it was asked for.
    private static func issues(_ model: DashboardModel) -> [Line] {
        guard !model.settingsIssues.isEmpty else { return [] }
        let title = "SETTINGS: \(Figures.plural(model.settingsIssues.count, "mistake")) left out, the rest counts"
        return [Line(parts: [(1, CellText(title, .headerSorted))])] + wrapped(model.settingsIssues, .warn, model)
    }

    private static func wrapped(_ texts: [String], _ role: Role, _ model: DashboardModel) -> [Line] {
        texts.flatMap { TextWrap.lines($0, width: model.size.columns - 2) }.map {
            Line(parts: [(1, CellText($0, role))])
        }
    }

    private static func notes(_ model: DashboardModel) -> [String] {
        let access = model.actionsRefused ?? "allowed (\(model.daemon?.access.rawValue ?? "unknown right"))"
        return [
            "Actions now: \(access). \(model.glyphs.asks) asks before anything changes; the question shows the command.",
            "Dim keys belong to other views. Esc goes one step back and never quits.",
            "The selection is a worker, not a row: it stays on it while rows move.",
            "Mouse: click selects, click again opens, a title sorts, the wheel scrolls.",
            "Shift+drag is the terminal's own selection; M turns the mouse off.",
        ]
    }
}
