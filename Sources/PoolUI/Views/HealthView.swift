internal import PoolModel
internal import PoolScreen

/// Checks with their limits, then the last probes of each worker, as a page.
enum HealthView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        page(model).draw(from: model.pageTop, in: rect, on: &screen, glyphs: model.glyphs)
    }

    static func page(_ model: DashboardModel) -> Page {
        let width = model.size.columns
        var page = Page()
        let isNarrow = width < 70
        let limitX = width >= 110 ? 74 : 56
        page.addTitle([(1, "CHECK"), (26, "VALUE")] + (isNarrow ? [] : [(limitX, "LIMIT")]))
        for check in HealthChecks.all(model) {
            let role: Role = verdictRole(check.verdict)
            let name = [(x: 1, text: CellText(check.verdict.rawValue, role)), (x: 6, text: CellText(check.name))]
            let value = CellText(check.value, check.verdict == .good ? .normal : role)
            if isNarrow {
                page.add(name + [(26, value)])
                page.add("limit \(check.limit)", x: 6, .dim)
            } else {
                page.add(name + [(26, value), (limitX, CellText(check.limit, .dim))])
            }
        }
        page = page.reflowed(width: width)
        addProbes(model, to: &page)
        return page
    }

    private static func verdictRole(_ verdict: HealthCheck.Verdict) -> Role {
        switch verdict {
        case .good: .ok
        case .warning: .warn
        case .bad: .bad
        }
    }

    /// Rows of the matrix, fewer where more would have to be scrolled to; and columns before the first worker.
    private static let probesShown = 3...8
    private static let margin = 8

    /// One column a worker, the newest probes in the last row; as many blocks as the width asks for.
    private static func addProbes(_ model: DashboardModel, to page: inout Page) {
        guard let pool = model.pool, !pool.workers.isEmpty else { return }
        let glyphs = model.glyphs
        let room = ScreenLayout(model).body.height - page.lines.count - 3
        let rows = max(probesShown.lowerBound, min(probesShown.upperBound, room))
        page.addGap()
        page.add(
            "probes   \(glyphs.good) ok  \(glyphs.warning) failed  \(glyphs.nothing) none   one column a worker",
            .dim
        )
        let step = max(2, String(pool.workers.last?.status.id.number ?? 0).count + 1)
        let columns = max(1, (model.size.columns - margin) / step)
        for first in stride(from: 0, to: pool.workers.count, by: columns) {
            if first > 0 { page.addGap() }
            let workers = pool.workers[first..<min(first + columns, pool.workers.count)]
            addBlock(workers.map(\.status.id.number), step, rows, model, to: &page)
        }
    }

    private static func addBlock(
        _ numbers: [Int],
        _ step: Int,
        _ rows: Int,
        _ model: DashboardModel,
        to page: inout Page
    ) {
        let glyphs = model.glyphs
        let ends = numbers.indices.map { margin + ($0 + 1) * step - 1 }
        page.add(zip(ends, numbers).map { ($0 - String($1).count, CellText("\($1)", .dim)) })
        let results = numbers.map { model.poolFigures.workers[$0]?.probes.results ?? [] }
        for row in 0..<rows {
            var parts: [(Int, CellText)] = row == rows - 1 ? [(1, CellText("newest", .dim))] : []
            for (end, results) in zip(ends, results) {
                let index = results.count - rows + row
                parts.append(
                    (
                        end - 1,
                        index < 0
                            ? CellText(glyphs.nothing, .dim)
                            : results[index].isGood ? CellText(glyphs.good, .ok) : CellText(glyphs.warning, .bad)
                    )
                )
            }
            page.add(parts)
        }
    }
}
