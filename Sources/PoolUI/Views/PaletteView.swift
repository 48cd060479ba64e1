internal import PoolModel
internal import PoolScreen

/// The command line with what it may become.
enum PaletteView {
    static func draw(_ palette: PaletteState, _ model: DashboardModel, on screen: inout Screen) {
        let bounds = screen.bounds
        let choices = model.choices(palette)
        let rows = max(1, min(choices.count, min(8, bounds.height - 6)))
        let box = bounds.centered(width: 68, height: rows + 5)
        let title = palette.isHistory ? "Commands typed before" : "Command"
        let area = screen.box(box, title: title, glyphs: model.glyphs.box)
        let width = area.width - 2
        drawLine(palette, in: area, on: &screen)
        if let note = note(palette, choices, model) {
            screen.put(
                note.text,
                x: area.x + 3,
                y: area.y + 1,
                role: note.role,
                limit: width - 3,
                mark: model.glyphs.cut
            )
        }
        let first = max(0, palette.choice - rows + 1)
        for (row, index) in choices.indices.dropFirst(first).prefix(rows).enumerated() {
            let rect = Rect(x: area.x + 1, y: area.y + 2 + row, width: width, height: 1)
            draw(choices[index], index == palette.choice, model, in: rect, on: &screen)
        }
        let hint = "\(model.glyphs.upDown) choose   Tab complete   ^R before   \(model.glyphs.enter) run   Esc close"
        screen.put(hint, x: area.x + 3, y: area.maxY - 1, role: .dim, limit: width - 3)
        if choices.count > rows {
            screen.putRight(
                " \(palette.choice + 1) of \(choices.count) ",
                x: box.x,
                y: box.maxY - 1,
                width: box.width - 2,
                role: .dim
            )
        }
    }

    private static func drawLine(_ palette: PaletteState, in area: Rect, on screen: inout Screen) {
        screen.put("> ", x: area.x + 1, y: area.y, role: .key)
        let text = palette.editor.text.unicodeScalars
        let room = max(1, area.width - 5)
        // A line that is longer than the box is shown around its cursor.
        let skipped = max(0, palette.editor.cursor - room)
        let shown = String(text.dropFirst(skipped).map { Character($0) })
        let before = String(text.prefix(palette.editor.cursor).dropFirst(skipped).map { Character($0) })
        screen.put(shown, x: area.x + 3, y: area.y, role: .input, limit: room)
        screen.cursor = Point(x: min(area.x + 3 + TextWidth.columns(of: before), area.maxX - 1), y: area.y)
        screen.isCursorVisible = true
    }

    /// Below the line: what may come, or that nothing may.
    private static func note(_ palette: PaletteState, _ choices: [PaletteChoice], _ model: DashboardModel) -> CellText?
    {
        if palette.isHistory { return choices.isEmpty ? CellText("no such line was typed", .dim) : nil }
        let name = palette.editor.text.prefix { $0 != " " }
        guard let command = PaletteCommand.named(String(name)) else {
            return choices.isEmpty ? CellText("no such command", .bad) : nil
        }
        let asks = command.command.flatMap { model.keys.binding(for: $0)?.asks } ?? false
        if asks, let refusal = model.actionsRefused { return CellText(refusal, .warn) }
        return CellText("\(command.name) \(command.grammar.usage)", .dim)
    }

    private static func draw(
        _ choice: PaletteChoice,
        _ isChosen: Bool,
        _ model: DashboardModel,
        in rect: Rect,
        on screen: inout Screen
    ) {
        let role: Role = isChosen ? .selected : .normal
        if isChosen { screen.fill(rect, role: .selected) }
        screen.put(isChosen ? ">" : " ", x: rect.x, y: rect.y, role: role)
        let key = choice.command.flatMap { model.keys.binding(for: $0)?.keys.first?.name } ?? ""
        let helpX = choice.help.isEmpty ? rect.width : choice.isName ? 38 : 26
        let textEnd = choice.isName ? 29 : helpX - 1
        screen.put(choice.shown, x: rect.x + 2, y: rect.y, role: role, limit: textEnd - 2, mark: model.glyphs.cut)
        screen.put(key, x: rect.x + 30, y: rect.y, role: isChosen ? .selected : .key, limit: max(0, rect.width - 30))
        screen.put(
            choice.help,
            x: rect.x + helpX,
            y: rect.y,
            role: isChosen ? .selected : .dim,
            limit: max(0, rect.width - helpX),
            mark: model.glyphs.cut
        )
    }
}
