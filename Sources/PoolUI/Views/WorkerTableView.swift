internal import PoolModel
internal import PoolScreen

/// The table of workers: columns that drop by width, then the last minute's requests, or why a worker is not green.
enum WorkerTableView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        let placed = columns(model)
        drawTitles(model, placed, in: rect, on: &screen)
        guard !model.table.order.isEmpty else { return drawNobody(model, in: rect, on: &screen) }
        let highest = model.poolFigures.busiest
        let steps = model.stepsUnderWay
        for (row, number) in model.table.order.dropFirst(model.table.top).prefix(rect.height - 1).enumerated() {
            guard let worker = model.worker(number) else { continue }
            let y = rect.y + 1 + row
            draw(model.line(worker), model, placed, highest: highest, steps[number], y: y, in: rect, on: &screen)
        }
        if model.table.order.count > model.table.top + rect.height - 1 {
            let more = " +\(model.table.order.count - model.table.top - rect.height + 1)"
            screen.putRight(more, x: rect.x, y: rect.y, width: rect.width - 1, role: .headerSorted)
        }
    }

    /// The columns that this screen shows.
    private static func columns(_ model: DashboardModel) -> PlacedColumns<WorkerLine> {
        let table = model.table
        let digits = String(model.pool?.workers.last?.status.id.number ?? 0).count
        let all = WorkerColumn.all(
            model.settings.columns,
            sort: table.sort,
            isDescending: table.isDescending,
            glyphs: model.glyphs,
            wide: model.size.columns >= 96,
            digits: digits
        )
        // What was chosen is shown as far as the graph and the reasons keep a quarter of the screen.
        let rest = model.settings.columns == nil ? nil : model.size.columns / 4
        return PlacedColumns(all, x: 1, width: model.size.columns - 1, rest: rest)
    }

    /// The columns that the table can be sorted by at this width.
    static func sortable(_ model: DashboardModel) -> [WorkerColumn] {
        let titles = columns(model).columns.map(\.column.title)
        return WorkerColumn.allCases.filter { column in titles.contains { $0.hasPrefix(column.title) } }
    }

    /// The column whose title is at a place of the screen.
    static func column(at x: Int, in model: DashboardModel) -> WorkerColumn? {
        let hit = columns(model).columns.first { x >= $0.x && x <= $0.x + $0.column.width }
        return hit.flatMap { hit in WorkerColumn.allCases.first { hit.column.title.hasPrefix($0.title) } }
    }

    private static func drawTitles(
        _ model: DashboardModel,
        _ placed: PlacedColumns<WorkerLine>,
        in rect: Rect,
        on screen: inout Screen
    ) {
        screen.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), role: .header)
        for (x, column) in placed.columns {
            let role: Role = column.title.hasPrefix(model.table.sort.title) ? .headerSorted : .header
            if column.isRightAligned {
                screen.putRight(column.title, x: x, y: rect.y, width: column.width, role: role)
            } else {
                screen.put(column.title, x: x, y: rect.y, role: role)
            }
        }
        if rect.maxX - placed.end >= 11 {
            screen.put("REQ/S \(rect.maxX - placed.end - 3)s", x: placed.end + 2, y: rect.y, role: .header)
        }
    }

    private static func draw(
        _ line: WorkerLine,
        _ model: DashboardModel,
        _ placed: PlacedColumns<WorkerLine>,
        highest: Float,
        _ step: CellText?,
        y: Int,
        in rect: Rect,
        on screen: inout Screen
    ) {
        let isSelected = line.number == model.table.selected
        let isTagged = model.table.tagged.contains(line.number)
        if isSelected {
            screen.fill(Rect(x: rect.x, y: y, width: rect.width, height: 1), role: .selected)
            screen.cursor = Point(x: 0, y: y)
        }
        let role: Role? = isSelected ? .selected : isTagged ? .tagged : nil
        if isSelected || isTagged { screen.put(isTagged ? "*" : ">", x: rect.x, y: y, role: role ?? .normal) }
        screen.put(line, in: placed, y: y, role: role)
        let rest = Rect(x: placed.end + 2, y: y, width: rect.maxX - placed.end - 3, height: 1)
        guard rest.width >= 9 else { return }
        if let step {
            let shown: Role = isSelected ? .selected : step.role
            screen.put(step.text, x: rest.x, y: y, role: shown, limit: rest.width, mark: model.glyphs.cut)
        } else if let why = line.status.why(now: line.now) {
            let shown = isSelected ? .selected : WorkerLabel(line.status).role
            screen.put(why, x: rest.x, y: y, role: shown, limit: rest.width, mark: model.glyphs.cut)
        } else {
            let history = line.figures.history
            let graph: Role = isSelected ? .selected : .graph
            // One scale for all rows, so that they can be compared.
            Sparkline.draw(history.requests, in: rest, on: &screen, glyphs: model.glyphs, highest: highest, role: graph)
            {
                !isSelected && history.errors[$0] > 0
            }
        }
    }

    private static func drawNobody(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        let text =
            model.pool?.workers.isEmpty == true
            ? "This pool has no workers: + adds one." : "No worker passes the filter: Esc takes it away."
        screen.put(text, x: 2, y: rect.y + 2, role: .dim)
    }
}
