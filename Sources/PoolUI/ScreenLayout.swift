package import PoolScreen

/// Where everything is on a screen of this size: read by the view to draw and by the update to scroll and to find what
/// the mouse meant.
///
/// | rows | header | tabs | line for messages |
/// |---|---|---|---|
/// | 20 and more | 4 | yes | yes |
/// | 12 to 19 | 2 | yes | yes |
/// | fewer | 1 | no | no |
package struct ScreenLayout: Hashable, Sendable {
    package var header: Rect
    package var tabs: Rect
    package var body: Rect
    package var status: Rect
    package var keyBar: Rect
    /// The worker table with its titles; empty in other views.
    package var table: Rect
    /// The rule above the log and the log; empty where there is none.
    package var logs: Rect

    package init(_ model: DashboardModel) {
        let screen = Rect(model.size)
        let rows = screen.height
        let isTall = rows >= 20
        let isLow = rows < 12
        let hasBar = rows >= 3
        let parts = screen.rows([
            .fixed(isTall ? 4 : isLow ? 1 : 2), .fixed(isLow ? 0 : 1), .share(1), .fixed(isLow ? 0 : 1),
            .fixed(hasBar ? 1 : 0),
        ])
        (header, tabs, body, status, keyBar) = (parts[0], parts[1], parts[2], parts[3], parts[4])
        let nowhere = Rect(x: 0, y: body.maxY, width: 0, height: 0)
        (table, logs) = (nowhere, nowhere)
        switch model.view {
        case .workers:
            let split = ScreenLayout.split(body, workers: model.table.order.count, wantsLogs: model.showsLogs)
            (table, logs) = (split[0], split[1])
        case .detail:
            guard model.detailPane != .facts else { break }
            logs = ScreenLayout.detailLog(body)
            // A low screen shows either the facts or what was asked for in the place of the log.
            if logs.isEmpty, model.detailPane != .log { logs = body }
        case .logs: logs = body
        case .events, .health, .operations, .fronts, .config, .pools: break
        }
    }

    /// The rows of the table without the titles.
    package var tableRows: Int { max(0, table.height - 1) }
    /// The rows of the log without the rule above it.
    package var logRows: Int { max(0, logs.height - 1) }

    /// The table takes what it needs, at most three fifths where the log is shown too; a log of fewer than three lines is
    /// not worth its rule.
    private static func split(_ body: Rect, workers: Int, wantsLogs: Bool) -> [Rect] {
        let needed = workers + 2
        let height = min(needed, max(body.height - 16, body.height * 3 / 5))
        let isWorthIt = wantsLogs && body.height - height >= 4 && (body.height >= 22 || needed <= body.height - 4)
        return body.rows(isWorthIt ? [.fixed(height), .share(1)] : [.share(1), .fixed(0)])
    }

    /// Thirteen rows hold all facts: where the log would have fewer than four rows beside them it gives way. On a large
    /// screen the histogram gets more of them.
    private static func detailLog(_ body: Rect) -> Rect {
        guard body.height >= 17 else { return Rect(x: 0, y: body.maxY, width: 0, height: 0) }
        let detail = max(13, min(18, body.height * 2 / 3), min(28, body.height * 2 / 5))
        return body.rows([.fixed(detail), .share(1)])[1]
    }
}
