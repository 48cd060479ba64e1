internal import PoolScreen

/// The set-up over the view: each line with its value.
enum SetupView {
    static func draw(_ setup: SetupState, _ model: DashboardModel, on screen: inout Screen) {
        let bounds = screen.bounds
        let count = setup.rows.count
        let box = bounds.centered(width: 52, height: min(bounds.height, count + 5))
        let mistakes =
            model.settingsIssues.isEmpty
            ? "" : ": \(Figures.plural(model.settingsIssues.count, "mistake")) in the file, ? has them"
        let area = screen.box(box, title: "Setup\(mistakes)", glyphs: model.glyphs.box)
        let width = area.width - 2
        let height = max(1, area.height - (area.height > 6 ? 3 : 0))
        let top = max(0, min(setup.selected - height / 2, count - height))
        for (row, index) in setup.rows.indices.dropFirst(top).prefix(height).enumerated() {
            let line = Rect(x: area.x + 1, y: area.y + row, width: width, height: 1)
            draw(setup.rows[index], isChosen: index == setup.selected, model, in: line, on: &screen)
        }
        guard area.height > 6 else { return }
        let change = "\(model.glyphs.leftRight) change  < > move  s save  Esc close"
        screen.put(change, x: area.x + 1, y: area.maxY - 1, role: .dim, limit: width)
    }

    private static func draw(
        _ row: SetupState.Row,
        isChosen: Bool,
        _ model: DashboardModel,
        in rect: Rect,
        on screen: inout Screen
    ) {
        let role: Role = isChosen ? .selected : .normal
        if isChosen {
            screen.fill(rect, role: role)
            screen.cursor = Point(x: rect.x, y: rect.y)
        }
        let (name, value) = text(row, model)
        screen.put("\(isChosen ? ">" : " ") \(name)", x: rect.x, y: rect.y, role: role, limit: rect.width)
        screen.put(value, x: rect.x + 24, y: rect.y, role: isChosen ? role : .key, limit: max(0, rect.width - 24))
    }

    private static func text(_ row: SetupState.Row, _ model: DashboardModel) -> (name: String, value: String) {
        func onOff(_ isOn: Bool) -> String { isOn ? "on" : "off" }
        switch row {
        case .theme: return ("theme", model.settings.theme)
        case .rate: return ("frames a second", Figures.decimal(model.settings.rate, model.settings.rate < 1 ? 1 : 0))
        case .logs: return ("logs below the table", onOff(model.showsLogs))
        case .wrap: return ("wrap long lines", onOff(model.logs.isWrapped))
        case .time:
            switch model.logs.timeStyle {
            case .ofDay: return ("time of lines", "of day")
            case .full: return ("time of lines", "full")
            case .none: return ("time of lines", "none")
            }
        case .mouse: return ("mouse", onOff(model.settings.hasMouse))
        case .column(let column):
            let isShown = model.settings.columns?.contains(column) ?? true
            return ("column \(column.title)", isShown ? "[x]" : "[ ]")
        }
    }
}
