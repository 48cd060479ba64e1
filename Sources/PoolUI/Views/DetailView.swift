internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// One worker: state and why, process, load, answers, what ended it before, and its log below. A screen that is too low for
/// both shows all of its facts as a page.
enum DetailView {
    static func draw(_ model: DashboardModel, _ layout: ScreenLayout, on screen: inout Screen) {
        let area = Rect(
            x: 0,
            y: layout.body.y,
            width: layout.body.width,
            height: layout.body.height - layout.logs.height
        )
        guard let worker = model.selectedWorker else {
            screen.put("No worker is selected: 1 shows them all.", x: 1, y: area.y + 1, role: .dim)
            return
        }
        guard !layout.logs.isEmpty else {
            return DetailFacts.page(model).draw(from: model.pageTop, in: area, on: &screen, glyphs: model.glyphs)
        }
        guard !area.isEmpty else { return DetailPaneView.draw(model, in: layout.logs, on: &screen) }
        let line = model.line(worker)
        let isWide = area.width >= 76
        let left = isWide ? min(area.width - 26, max(54, area.width / 2)) : area.width
        let facts = DetailFacts.all(line, model)
        for (row, fact) in facts.prefix(area.height).enumerated() {
            screen.put(fact.name, x: 1, y: area.y + row, role: .key)
            let limit = fact.isLong ? area.width - 12 : left - 12
            screen.put(
                fact.value.text,
                x: 11,
                y: area.y + row,
                role: fact.value.role,
                limit: limit,
                mark: model.glyphs.cut
            )
        }
        // The times of its ends below it want four rows.
        let bars = area.height >= 17 ? area.height - 4 : area.height
        let used = min(area.height, max(facts.count, isWide ? bars : 0))
        if isWide {
            // Below the facts that need the whole width.
            let top = facts.prefix { $0.isLong }.count
            let bars = Rect(x: left, y: area.y + top, width: area.width - left - 1, height: used - top)
            DetailBars(traffic: worker.traffic, bands: model.selectedDetail?.latency, glyphs: model.glyphs)
                .draw(in: bars, on: &screen)
        }
        drawTimeline(
            line,
            model,
            in: Rect(x: 1, y: area.y + used, width: area.width - 2, height: area.height - used),
            on: &screen
        )
        DetailPaneView.draw(model, in: layout.logs, on: &screen)
    }

    // MARK: what happened

    /// A line of time with a mark where the worker ended or was started.
    private static func drawTimeline(
        _ line: WorkerLine,
        _ model: DashboardModel,
        in rect: Rect,
        on screen: inout Screen
    ) {
        guard rect.height >= 4, rect.width >= 30 else { return }
        let events = model.events.filter { $0.worker == line.status.id && ($0.kind == .exit || $0.kind == .health) }
        let oldest = model.events.first?.at.seconds ?? model.now.seconds
        let span = max(60, model.now.seconds - oldest)
        let exits = events.count { $0.kind == .exit }
        let y = rect.y + 1
        let title =
            "last \(Figures.age(span))   \(model.glyphs.failed) ended \(exits)   \(model.glyphs.warning) health changed \(events.count - exits)"
        screen.put(title, x: rect.x, y: y, role: .dim, limit: rect.width)
        screen.fill(Rect(x: rect.x, y: y + 1, width: rect.width, height: 1), model.glyphs.rule, role: .border)
        for event in events {
            let x = rect.x + Int(Double(rect.width - 1) * min(max(0, (event.at.seconds - oldest) / span), 1))
            let isBad = event.severity == .warning || event.severity == .error
            let mark = event.kind == .exit ? (isBad ? model.glyphs.failed : model.glyphs.planned) : model.glyphs.warning
            screen.put(mark, x: x, y: y + 1, role: isBad ? .bad : .info)
        }
    }
}
