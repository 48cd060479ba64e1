internal import PoolModel
internal import PoolScreen

/// What was asked for and how far it is; the steps of the selected one below where there is room, and all of it as a page
/// once it is opened.
enum OperationsView {
    /// Rows of the list in a body of this size: at most half where the steps are shown too.
    static func rows(_ body: Rect) -> Int { max(1, body.height >= 10 ? body.height / 2 - 1 : body.height - 1) }

    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        if let operation = model.openOperation {
            let page = OperationPage.page(operation, model)
            return page.draw(from: model.pageTop, in: rect, on: &screen, glyphs: model.glyphs)
        }
        let isWide = rect.width >= 70
        let textX = isWide ? 46 : 32
        screen.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), role: .header)
        for (title, x) in [("ID", 1), ("VERB", 9), ("STATE", 21)] + (isWide ? [("SINCE", 34)] : []) + [
            ("WHO, WHAT", textX)
        ] {
            screen.put(title, x: x, y: rect.y, role: .header)
        }
        let operations = model.shownOperations
        if operations.isEmpty { screen.put("Nothing was asked for yet.", x: 1, y: rect.y + 1, role: .dim) }
        for (row, operation) in operations.dropFirst(model.operationList.top).prefix(rows(rect)).enumerated() {
            let y = rect.y + 1 + row
            let isSelected = row + model.operationList.top == model.operationList.selected
            let role = ListRow.begin(isSelected: isSelected, y: y, in: rect, on: &screen)
            screen.put(operation.id.description, x: 1, y: y, role: role ?? .key, limit: 7)
            screen.put(operation.verb.rawValue, x: 9, y: y, role: role ?? .normal)
            screen.put(operation.state.rawValue, x: 21, y: y, role: role ?? operation.state.role)
            if isWide {
                screen.put(
                    ClockText.ofDay(operation.createdAt, offset: model.settings.utcOffset),
                    x: 34,
                    y: y,
                    role: role ?? .dim
                )
            }
            screen.put(
                text(operation),
                x: textX,
                y: y,
                role: role ?? .normal,
                limit: rect.maxX - textX,
                mark: model.glyphs.cut
            )
        }
        drawSteps(model, in: rect, on: &screen)
    }

    private static func text(_ operation: PoolModel.Operation) -> String {
        let done = operation.steps.count { $0.state.isFinished }
        let progress = operation.steps.isEmpty ? "" : "\(done)/\(operation.steps.count)  "
        let why = operation.why.isEmpty ? "" : "  \"\(operation.why)\""
        return LogText.clean("\(progress)\(operation.result ?? "by \(operation.actor)")\(why)")
    }

    private static func drawSteps(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        let operations = model.shownOperations
        let top = rows(rect) + 1
        guard rect.height >= 10, operations.indices.contains(model.operationList.selected) else { return }
        let operation = operations[model.operationList.selected]
        let area = Rect(x: rect.x, y: rect.y + top, width: rect.width, height: rect.height - top)
        let actor = CellText("by \(LogText.clean(operation.actor))", .dim)
        Rule.draw([CellText("steps of \(operation.id)", .key), actor], in: area, on: &screen, glyphs: model.glyphs)
        let room = area.height - 1
        let current = operation.steps.firstIndex { !$0.state.isFinished } ?? operation.steps.count
        let first = max(0, min(current - room / 2, operation.steps.count - room))
        for (row, step) in operation.steps.dropFirst(first).prefix(room).enumerated() {
            let y = area.y + 1 + row
            screen.put(mark(step.state, model.glyphs), x: 1, y: y, role: step.state.role)
            screen.put(step.worker.description, x: 3, y: y, role: .key, limit: 20)
            screen.put(step.state.rawValue, x: 24, y: y, role: step.state.role)
            screen.put(LogText.clean(step.detail), x: 36, y: y, limit: area.width - 36, mark: model.glyphs.cut)
        }
    }

    static func mark(_ state: PoolModel.Operation.State, _ glyphs: Glyphs) -> String {
        switch state {
        case .queued: glyphs.nothing
        case .running, .paused: glyphs.waiting
        case .succeeded: glyphs.good
        case .failed, .rolledBack: glyphs.failed
        case .cancelled: glyphs.off
        }
    }
}
