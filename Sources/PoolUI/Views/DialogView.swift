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
        let inner = innerWidth(model.size)
        let text = Text(question, width: inner, room: bounds.height - 3)
        let height = text.lines.count + text.pinned.count
        let isLow = height + 5 > bounds.height
        let box = bounds.centered(width: inner + 4, height: height + (isLow ? 3 : 5))
        let area = screen.box(box, title: question.title, glyphs: model.glyphs.box)
        let y = area.y + (isLow ? 0 : 1)
        let room = max(0, area.maxY - y - 1 - text.pinned.count)
        let top = max(0, min(question.top, text.lines.count - room))
        let shown = text.lines.dropFirst(top).prefix(room) + text.pinned
        for (row, line) in shown.enumerated() where y + row < area.maxY - 1 {
            screen.put(line.text, x: area.x + 1, y: y + row, role: line.role, limit: inner)
        }
        let below = text.lines.count - top - room
        if below > 0 || top > 0, box.height > 2 {
            let more = " \(below > 0 ? "+\(below) " : "")\(model.glyphs.upDown) "
            screen.putRight(more, x: area.x, y: box.maxY - 1, width: area.width, role: .dim)
        }
        drawButtons(question, model, in: area, on: &screen)
        if question.nameToType != nil, let prompt = text.pinned.last {
            let end = TextWidth.columns(of: prompt.text)
            let row = min(y + shown.count - 1, area.maxY - 2)
            screen.cursor = Point(x: min(area.x + 1 + end, area.maxX - 1), y: row)
            screen.isCursorVisible = true
        }
    }

    private static func innerWidth(_ size: Size) -> Int { min(size.columns, 68) - 4 }

    /// How many lines of the text a screen of this size has no room for at once.
    static func hiddenLines(_ question: Confirmation, _ size: Size) -> Int {
        let text = Text(question, width: innerWidth(size), room: size.rows - 3)
        return max(0, text.lines.count + text.pinned.count - max(0, size.rows - 3))
    }

    /// The lines above the buttons: first whom it meets, then what it means, then the command. On a low screen, which
    /// scrolls them, what it means comes first. What is to be typed stays where it is.
    private struct Text {
        var lines: [CellText]
        var pinned: [CellText] = []

        init(_ question: Confirmation, width: Int, room: Int) {
            func wrapped(_ lines: [CellText]) -> [CellText] {
                lines.flatMap { line in TextWrap.lines(line.text, width: width).map { CellText($0, line.role) } }
            }
            let core = wrapped(question.lines)
            if let name = question.nameToType {
                pinned = wrapped([CellText("Type the pool's name to go on: \(name)")])
                pinned.append(CellText("> \(question.typed)", .input))
            }
            let targets = wrapped(question.targets)
            let command = wrapped([CellText("Same as:  \(question.command)", .dim)])
            let gap = [CellText("")]
            let before = targets.isEmpty ? [] : targets + gap
            let all = before + core + gap + command
            lines = all.count + pinned.count <= room ? all : core + targets + command
        }
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
