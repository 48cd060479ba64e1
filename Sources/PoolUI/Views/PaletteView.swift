internal import PoolModel
internal import PoolScreen

/// The command line with what it may become.
enum PaletteView {
    static func draw(_ palette: PaletteState, _ model: DashboardModel, on screen: inout Screen) {
        let bounds = screen.bounds
        let suggestions = PaletteCommand.suggestions(for: palette.editor.text)
        let rows = max(1, min(suggestions.count, min(8, bounds.height - 6)))
        let box = bounds.centered(width: 68, height: rows + 5)
        let area = screen.box(box, title: "Command", glyphs: model.glyphs.box)
        let width = area.width - 2
        screen.put("> ", x: area.x + 1, y: area.y, role: .key)
        let end = screen.put(palette.editor.text, x: area.x + 3, y: area.y, role: .input, limit: width - 3)
        let before = TextWidth.columns(
            of: String(palette.editor.text.unicodeScalars.prefix(palette.editor.cursor).map { Character($0) })
        )
        screen.cursor = Point(x: min(area.x + 3 + before, end), y: area.y)
        screen.isCursorVisible = true
        if suggestions.isEmpty { screen.put("no such command", x: area.x + 3, y: area.y + 2, role: .bad) }
        let first = max(0, palette.choice - rows + 1)
        for (row, index) in suggestions.indices.dropFirst(first).prefix(rows).enumerated() {
            let isChosen = index == palette.choice
            draw(
                suggestions[index],
                isChosen,
                model,
                in: Rect(x: area.x + 1, y: area.y + 2 + row, width: width, height: 1),
                on: &screen
            )
        }
        let hint = "\(model.glyphs.upDown) choose   Tab complete   \(model.glyphs.enter) run   Esc close"
        screen.put(hint, x: area.x + 3, y: area.maxY - 1, role: .dim, limit: width - 3)
    }

    private static func draw(
        _ command: PaletteCommand,
        _ isChosen: Bool,
        _ model: DashboardModel,
        in rect: Rect,
        on screen: inout Screen
    ) {
        let role: Role = isChosen ? .selected : .normal
        if isChosen { screen.fill(rect, role: .selected) }
        screen.put(isChosen ? ">" : " ", x: rect.x, y: rect.y, role: role)
        screen.put("\(command.name) \(command.arguments)", x: rect.x + 2, y: rect.y, role: role, limit: 26)
        let key = command.command.flatMap { model.keys.binding(for: $0)?.keys.first?.name } ?? ""
        screen.put(key, x: rect.x + 30, y: rect.y, role: isChosen ? .selected : .key, limit: max(0, rect.width - 30))
        screen.put(
            command.help,
            x: rect.x + 38,
            y: rect.y,
            role: isChosen ? .selected : .dim,
            limit: max(0, rect.width - 38)
        )
    }
}
