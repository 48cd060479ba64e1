internal import PoolModel
internal import PoolScreen

/// What lies over the view.
enum DialogView {
    static func draw(_ model: DashboardModel, on screen: inout Screen) {
        switch model.dialog {
        case .confirm(let question): draw(question, model, on: &screen)
        case .help(let help): HelpView.draw(help, model, on: &screen)
        case .palette(let palette): PaletteView.draw(palette, model, on: &screen)
        case .filter, nil: break
        }
    }

    private static func draw(_ question: Confirmation, _ model: DashboardModel, on screen: inout Screen) {
        let bounds = screen.bounds
        let width = min(bounds.width, 68)
        let inner = width - 4
        var lines = question.lines.flatMap { line in TextWrap.lines(line.text, width: inner).map { CellText($0, line.role) } }
        var prompt: Int?
        if let name = question.nameToType {
            lines.append(CellText(""))
            prompt = lines.count
            lines.append(CellText("Type the pool's name (\(name)) to go on: \(question.typed)", .input))
        }
        // Low screens drop the blank lines and then the command; the question and its buttons are never cut.
        var rest = [CellText("")] + TextWrap.lines("Same as:  \(question.command)", width: inner).map { CellText($0, .dim) }
        let isLow = lines.count + rest.count + 5 > bounds.height
        if isLow { rest = [] }
        let height = min(bounds.height, lines.count + rest.count + (isLow ? 3 : 5))
        let box = bounds.centered(width: width, height: height)
        let area = screen.box(box, title: question.title, glyphs: model.glyphs.box)
        let top = area.y + (isLow ? 0 : 1)
        let shown = (lines + rest).prefix(max(0, area.maxY - top - 1))
        for (row, line) in shown.enumerated() {
            screen.put(line.text, x: area.x + 1, y: top + row, role: line.role, limit: inner)
        }
        drawButtons(question, model, in: area, on: &screen)
        if let prompt, prompt < shown.count {
            let end = TextWidth.columns(of: lines[prompt].text)
            screen.cursor = Point(x: min(area.x + 1 + end, area.maxX - 1), y: top + prompt)
            screen.isCursorVisible = true
        }
    }

    private static func drawButtons(_ question: Confirmation, _ model: DashboardModel, in area: Rect, on screen: inout Screen) {
        let names = question.buttons.map { button in
            switch button {
            case .cancel: "Cancel"
            case .confirm: question.nameToType == nil ? "\(question.label) (y)" : "\(question.label) (\(model.glyphs.enter) with the name)"
            case .force: area.width >= 60 ? "Force, no drain (F)" : "Force (F)"
            }
        }
        let total = names.reduce(0) { $0 + TextWidth.columns(of: $1) + 4 }
        let gap = max(0, min(4, (area.width - total) / names.count))
        var x = area.x + max(0, (area.width - total - gap * (names.count - 1)) / 2)
        for (button, name) in zip(question.buttons, names) {
            let isOn = button == question.focus
            let text = isOn ? "[ \(name) ]" : "  \(name)  "
            if isOn, question.nameToType == nil { screen.cursor = Point(x: x + 2, y: area.maxY - 1) }
            x = screen.put(text, x: x, y: area.maxY - 1, role: isOn ? .buttonOn : .button, limit: area.maxX - x) + gap
        }
    }
}
