internal import PoolModel
internal import PoolScreen

/// All pools of the daemon, one a row; Enter shows one.
enum PoolsView {
    static func rows(_ body: Rect) -> Int { max(1, body.height - 1) }

    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        let width = min(24, max(8, model.pools.map { TextWidth.columns(of: $0.name) }.max() ?? 0) + 1)
        let placed = PlacedColumns(columns(width), x: 1, width: rect.width - 1)
        screen.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), role: .header)
        for (x, column) in placed.columns {
            if column.isRightAligned {
                screen.putRight(column.title, x: x, y: rect.y, width: column.width, role: .header)
            } else {
                screen.put(column.title, x: x, y: rect.y, role: .header)
            }
        }
        let restX = placed.end + 2
        if rect.maxX - restX >= 10 { screen.put("LISTENS, OR WHAT IS WRONG", x: restX, y: rect.y, role: .header) }
        for (row, pool) in model.pools.dropFirst(model.poolList.top).prefix(rows(rect)).enumerated() {
            let y = rect.y + 1 + row
            let isSelected = row + model.poolList.top == model.poolList.selected
            let role = ListRow.begin(isSelected: isSelected, y: y, in: rect, on: &screen)
            if !isSelected, pool.name == model.pool?.name {
                screen.put(model.glyphs.arrow, x: rect.x, y: y, role: .dim)
            }
            let line = PoolLine(pool: pool, figures: model.figures[pool.name] ?? PoolFigures(), glyphs: model.glyphs)
            screen.put(line, in: placed, y: y, role: role)
            let rest = rest(pool)
            screen.put(
                rest.text,
                x: restX,
                y: y,
                role: role ?? rest.role,
                limit: rect.maxX - restX,
                mark: model.glyphs.cut
            )
        }
    }

    private static func rest(_ pool: PoolSnapshot) -> CellText {
        if let error = pool.profileError { return CellText("profile refused: \(LogText.clean(error))", .warn) }
        if let panic = pool.panic { return CellText("panic: \(LogText.clean(panic))", .bad) }
        return CellText(pool.listen.map(\.description).joined(separator: " "), .dim)
    }

    private static func columns(_ name: Int) -> [Column<PoolLine>] {
        [
            Column("POOL", width: name, isRightAligned: false) { CellText(LogText.clean($0.pool.name), .key) },
            Column("STATE", width: 9, isRightAligned: false) { $0.state },
            Column("READY", width: 7) { CellText("\($0.totals.routable)/\($0.totals.workers)") },
            Column("REQ/S", width: 6) { CellText(Figures.rate($0.pool.stats.requestsPerSecond)) },
            Column("P99", width: 7, shownFrom: 58) { CellText(Figures.latency($0.pool.stats.p99Milliseconds)) },
            Column("ERR", width: 5, shownFrom: 66) { $0.errors },
            Column("CPU%", width: 5, shownFrom: 76) { CellText(Figures.percent($0.totals.cpuPercent)) },
            Column("RSS", width: 5, shownFrom: 90) { CellText(Figures.bytes($0.totals.rssBytes)) },
            Column("GEN", width: 4, shownFrom: 100) { CellText("\($0.pool.generation)", .dim) },
        ]
    }
}

/// One pool with what was seen of it.
private struct PoolLine: Sendable {
    var pool: PoolSnapshot
    var figures: PoolFigures
    var glyphs: Glyphs

    var totals: PoolTotals { figures.totals }

    /// Errors and answers of 500 and above of the last minute.
    var errors: CellText {
        let count = figures.history.failures(last: 60)
        return count == 0 ? CellText(glyphs.nothing, .dim) : CellText(Figures.count(count), .bad)
    }

    var state: CellText {
        if totals.workers == 0 { return CellText("\(glyphs.off) empty", .dim) }
        if totals.routable == 0 { return CellText("\(glyphs.failed) DOWN", .bad) }
        return totals.routable < totals.workers - totals.stopped
            ? CellText("\(glyphs.partly) partly", .warn) : CellText("\(glyphs.good) ready", .ok)
    }
}
