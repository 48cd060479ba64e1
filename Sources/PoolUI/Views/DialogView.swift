internal import PoolModel
internal import PoolScreen

/// What lies over the view.
enum DialogView {
    static func draw(_ model: DashboardModel, on screen: inout Screen) {
        switch model.dialog {
        case .confirm(let question): draw(question, model, on: &screen)
        case .help(let help): HelpView.draw(help, model, on: &screen)
        case .palette(let palette): PaletteView.draw(palette, model, on: &screen)
        case .setup(let setup): SetupView.draw(setup, model, on: &screen)
        case .filter, nil: break
        }
    }

    private static func draw(_ question: Confirmation, _ model: DashboardModel, on screen: inout Screen) {
        let bounds = screen.bounds
        let inner = min(bounds.width, 68) - 4
        let (lines, prompt) = lines(question, width: inner, room: bounds.height - 3)
        let isLow = lines.count + 5 > bounds.height
        let box = bounds.centered(width: inner + 4, height: lines.count + (isLow ? 3 : 5))
        let area = screen.box(box, title: question.title, glyphs: model.glyphs.box)
        let top = area.y + (isLow ? 0 : 1)
        for (row, line) in lines.prefix(max(0, area.maxY - top - 1)).enumerated() {
            screen.put(line.text, x: area.x + 1, y: top + row, role: line.role, limit: inner)
        }
        drawButtons(question, model, in: area, on: &screen)
        if let prompt {
            let end = TextWidth.columns(of: lines[prompt].text)
            screen.cursor = Point(x: min(area.x + 1 + end, area.maxX - 1), y: top + prompt)
            screen.isCursorVisible = true
        }
    }

    /// The lines above the buttons, and which of them is typed into. A low screen leaves out the command, then those
    /// whom it meets; what it means and what is to be typed are always there.
    private static func lines(_ question: Confirmation, width: Int, room: Int) -> (lines: [CellText], prompt: Int?) {
        func wrapped(_ lines: [CellText]) -> [CellText] {
            lines.flatMap { line in TextWrap.lines(line.text, width: width).map { CellText($0, line.role) } }
        }
        var core = wrapped(question.lines)
        if let name = question.nameToType {
            core += wrapped([CellText("Type the pool's name to go on: \(name)")])
            core.append(CellText("> \(question.typed)", .input))
        }
        let targets = wrapped(question.targets)
        let command = [CellText("")] + wrapped([CellText("Same as:  \(question.command)", .dim)])
        let before = targets.isEmpty || core.count + targets.count + 1 > room ? [] : targets + [CellText("")]
        let after = before.count + core.count + command.count > room ? [] : command
        let prompt = question.nameToType == nil ? nil : before.count + core.count - 1
        return (before + core + after, prompt)
    }

    private static func drawButtons(
        _ question: Confirmation,
        _ model: DashboardModel,
        in area: Rect,
        on screen: inout Screen
    ) {
        let names = question.buttons.map { button in
            switch button {
            case .cancel: "Cancel"
            case .confirm:
                question.nameToType == nil
                    ? "\(question.label) (y)" : "\(question.label) (\(model.glyphs.enter) with the name)"
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
