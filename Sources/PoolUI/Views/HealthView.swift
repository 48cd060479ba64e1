internal import PoolModel
internal import PoolScreen

/// Checks with their limits, then a matrix of the last probes of each worker.
enum HealthView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        let checks = HealthChecks.all(model)
        let limitX = rect.width >= 110 ? 74 : rect.width >= 70 ? 56 : rect.width
        screen.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), role: .header)
        screen.put("CHECK", x: 6, y: rect.y, role: .header)
        screen.put("VALUE", x: 26, y: rect.y, role: .header)
        screen.put("LIMIT", x: limitX, y: rect.y, role: .header)
        for (row, check) in checks.dropFirst(model.healthList.top).prefix(rect.height - 1).enumerated() {
            let y = rect.y + 1 + row
            let isSelected = row + model.healthList.top == model.healthList.selected
            if isSelected { screen.fill(Rect(x: rect.x, y: y, width: rect.width, height: 1), role: .selected) }
            let role: Role? = isSelected ? .selected : nil
            screen.put(check.verdict.rawValue, x: 1, y: y, role: role ?? verdictRole(check.verdict))
            screen.put(check.name, x: 6, y: y, role: role ?? .normal)
            screen.put(
                check.value,
                x: 26,
                y: y,
                role: role ?? (check.verdict == .good ? .normal : verdictRole(check.verdict)),
                limit: limitX - 27,
                mark: model.glyphs.cut
            )
            screen.put(check.limit, x: limitX, y: y, role: role ?? .dim, limit: rect.maxX - limitX)
        }
        let top = rect.y + checks.count + 2
        drawProbes(model, in: Rect(x: rect.x, y: top, width: rect.width, height: rect.maxY - top), on: &screen)
    }

    private static func verdictRole(_ verdict: HealthCheck.Verdict) -> Role {
        switch verdict {
        case .good: .ok
        case .warning: .warn
        case .bad: .bad
        }
    }

    /// One column a worker, the newest probes in the last row.
    private static func drawProbes(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard rect.height >= 3, let pool = model.pool else { return }
        let glyphs = model.glyphs
        let title =
            " probes   one column a worker, newest row last   \(glyphs.good) ok  \(glyphs.warning) failed  \(glyphs.nothing) none"
        screen.put(title, x: rect.x, y: rect.y, role: .dim, limit: rect.width)
        let rows = min(8, rect.height - 2)
        let step = max(2, String(pool.workers.last?.status.id.number ?? 0).count + 1)
        let shown = pool.workers.prefix(max(0, rect.width - 8) / step)
        for (column, worker) in shown.enumerated() {
            let x = rect.x + 8 + column * step
            screen.putRight("\(worker.status.id.number)", x: x, y: rect.y + 1, width: step - 1, role: .dim)
            let results = model.poolFigures.workers[worker.status.id.number]?.probes.results ?? []
            for row in 0..<rows {
                let index = results.count - rows + row
                let cell =
                    index < 0
                    ? CellText(glyphs.nothing, .dim)
                    : results[index].isGood ? CellText(glyphs.good, .ok) : CellText(glyphs.warning, .bad)
                screen.putRight(cell.text, x: x, y: rect.y + 2 + row, width: step - 1, role: cell.role)
            }
        }
        screen.putRight("newest", x: rect.x, y: rect.y + 1 + rows, width: 7, role: .dim)
        if shown.count < pool.workers.count {
            screen.put("+\(pool.workers.count - shown.count)", x: rect.x + 1, y: rect.y + 1, role: .dim)
        }
    }
}
