internal import PoolModel
internal import PoolScreen

/// What happened, the newest first; the selected event in full below where there is room.
enum EventsView {
    private static let detailRows = 6

    /// Rows of the list in a body of this size.
    static func rows(_ body: Rect) -> Int { max(1, body.height - 1 - (hasDetail(body) ? detailRows : 0)) }

    private static func hasDetail(_ body: Rect) -> Bool { body.height >= 14 }

    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        screen.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), role: .header)
        let nameWidth = min(20, max(4, model.pool?.workers.last?.name.count ?? 4))
        let isWide = rect.width >= 60
        let places = (time: 1, worker: 10, kind: 11 + nameWidth, text: isWide ? 21 + nameWidth : 11)
        screen.put("TIME", x: places.time, y: rect.y, role: .header)
        if isWide {
            screen.put("WORKER", x: places.worker, y: rect.y, role: .header, limit: nameWidth)
            screen.put("KIND", x: places.kind, y: rect.y, role: .header)
        }
        screen.put("WHAT", x: places.text, y: rect.y, role: .header)
        let events = model.shownEvents
        if events.isEmpty { screen.put("Nothing has happened yet.", x: 1, y: rect.y + 1, role: .dim) }
        for (row, event) in events.dropFirst(model.eventList.top).prefix(rows(rect)).enumerated() {
            let y = rect.y + 1 + row
            let isSelected = row + model.eventList.top == model.eventList.selected
            let role = ListRow.begin(isSelected: isSelected, y: y, in: rect, on: &screen)
            screen.put(
                ClockText.ofDay(event.at, offset: model.settings.utcOffset),
                x: places.time,
                y: y,
                role: role ?? .dim
            )
            let worker = event.worker.map { isWide ? $0.description : "w\($0.number) " } ?? (isWide ? "-" : "")
            if isWide {
                screen.put(worker, x: places.worker, y: y, role: role ?? .info, limit: nameWidth)
                screen.put(event.kind.rawValue, x: places.kind, y: y, role: role ?? .dim)
            }
            let text = "\(glyph(event, model.glyphs)) \(isWide ? "" : worker)\(event.message)"
            screen.put(
                text,
                x: places.text,
                y: y,
                role: role ?? EventsView.role(event),
                limit: rect.maxX - places.text,
                mark: model.glyphs.cut
            )
        }
        if hasDetail(rect) {
            drawDetail(
                model,
                in: Rect(x: 0, y: rect.maxY - detailRows, width: rect.width, height: detailRows),
                on: &screen
            )
        }
    }

    private static func glyph(_ event: PoolEvent, _ glyphs: Glyphs) -> String {
        switch event.severity {
        case .info: glyphs.nothing
        case .notice: glyphs.good
        case .warning: glyphs.warning
        case .error: glyphs.failed
        }
    }

    private static func role(_ event: PoolEvent) -> Role {
        switch event.severity {
        case .info, .notice: .normal
        case .warning: .warn
        case .error: .bad
        }
    }

    private static func drawDetail(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard let event = model.selectedEvent else { return }
        Rule.draw([CellText("selected event", .key)], in: rect, on: &screen, glyphs: model.glyphs)
        let who = event.worker.map { "  \($0)" } ?? ""
        let actor = event.actor.map { "  by \($0)" } ?? ""
        let operation = event.operation.map { "  \($0)" } ?? ""
        let head =
            "\(event.at)  #\(event.sequence)  \(event.kind.rawValue)  \(event.severity.rawValue)\(who)\(actor)\(operation)"
        let lines =
            [CellText(head, .dim)]
            + TextWrap.lines(event.message, width: rect.width - 2).map { CellText($0, role(event)) }
        for (row, line) in lines.prefix(rect.height - 1).enumerated() {
            screen.put(line.text, x: 1, y: rect.y + 1 + row, role: line.role, limit: rect.width - 1)
        }
    }
}
