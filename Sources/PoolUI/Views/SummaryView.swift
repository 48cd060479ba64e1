internal import PoolModel
internal import PoolScreen

/// All that a screen below 40x10 has room for: how many workers are healthy, and why the others are not, the worst first.
enum SummaryView {
    /// The least screen on which every view is drawn.
    static let least = Size(columns: 40, rows: 10)

    static func isShown(_ size: Size) -> Bool { size.columns < least.columns || size.rows < least.rows }

    static func draw(_ model: DashboardModel, on screen: inout Screen) {
        let (width, height) = (screen.size.columns, screen.size.rows)
        let head = head(model, hasFigures: height > 1)
        guard height >= 3 else {
            // One line or two: the count and the worst say most.
            let lines = [head] + reasons(model).prefix(1)
            let shown =
                height == 1 ? [CellText(lines.map(\.text).joined(separator: "  "), lines.last?.role ?? .normal)] : lines
            for (row, line) in shown.enumerated() { put(line, x: 0, y: row, width, model, on: &screen) }
            return
        }
        screen.fill(Rect(x: 0, y: 0, width: width, height: 1), role: .title)
        put(CellText(title(model), .title), x: 0, y: 0, width, model, on: &screen)
        put(head, x: 0, y: 1, width, model, on: &screen)
        let hasHint = height >= 5
        let rect = Rect(x: 0, y: 2, width: width, height: height - 2 - (hasHint ? 1 : 0))
        page(model).draw(from: model.pageTop, in: rect, on: &screen, glyphs: model.glyphs)
        if model.link.isStale { screen.mark(Rect(x: 0, y: 1, width: width, height: height - 1), .stale) }
        guard hasHint else { return }
        let hint = model.notice.map { CellText($0.text, $0.role) } ?? hint(model)
        put(hint, x: 0, y: height - 1, width, model, on: &screen)
    }

    /// The reasons of all that are not healthy; more than fits is scrolled.
    static func page(_ model: DashboardModel) -> Page {
        var page = Page()
        page.lines = reasons(model).map { Page.Line($0.text, x: 0, $0.role) }
        return page.reflowed(width: model.size.columns)
    }

    /// Rows of the page on the model's screen.
    static func rows(_ size: Size) -> Int { max(0, size.rows - (size.rows >= 5 ? 3 : 2)) }

    private static func title(_ model: DashboardModel) -> String {
        "\(model.pool?.name ?? model.settings.pool ?? "pooltop") \(HeaderView.linkText(model))"
    }

    /// `11 of 16 healthy  2813/s  p99 48.0ms`
    private static func head(_ model: DashboardModel, hasFigures: Bool) -> CellText {
        guard let pool = model.pool else {
            return CellText(model.link.isLive ? "no pools" : LogText.clean(model.link.reason ?? "connecting"), .warn)
        }
        let totals = model.totals
        let p99 = Figures.latency(pool.stats.p99Milliseconds)
        let figures = hasFigures ? "  \(Figures.rate(pool.stats.requestsPerSecond))/s  p99 \(p99)" : ""
        let role: Role = totals.routable == totals.workers ? .ok : totals.routable == 0 ? .bad : .warn
        return CellText("\(totals.routable) of \(totals.workers) healthy\(figures)", role)
    }

    private static func reasons(_ model: DashboardModel) -> [CellText] {
        guard let pool = model.pool else { return [] }
        let workers = pool.workers.filter { !$0.status.isRoutable }.map { ($0, WorkerLabel($0.status)) }
        let worst = workers.enumerated().sorted {
            ($1.element.1.mark.severity, $0.offset) < ($0.element.1.mark.severity, $1.offset)
        }
        return worst.map { _, entry in
            let (worker, label) = entry
            let why = worker.status.why(now: model.now).map { ": \($0)" } ?? ""
            return CellText("\(label.glyph(model.glyphs)) w\(worker.status.id.number) \(label.long)\(why)", label.role)
        }
    }

    private static func hint(_ model: DashboardModel) -> CellText {
        let keys = model.dialog == nil ? "q quit" : "a question is open; Esc"
        return CellText("\(keys)  \(least.columns)x\(least.rows) shows more", .dim)
    }

    private static func put(
        _ text: CellText,
        x: Int,
        y: Int,
        _ width: Int,
        _ model: DashboardModel,
        on screen: inout Screen
    ) {
        screen.put(text.text, x: x, y: y, role: text.role, limit: width, mark: model.glyphs.cut)
    }
}
