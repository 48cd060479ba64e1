internal import PoolModel
internal import PoolScreen

/// Nothing to show yet: what was tried, how to start a daemon, when the next try is.
enum ConnectView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        let link = model.link
        let isEmptyDaemon = link.isLive
        let title = isEmptyDaemon ? "No pools" : link.reason == nil ? "Connecting" : "No daemon yet"
        let lines = isEmptyDaemon ? emptyLines : failureLines(model)
        let width = min(rect.width, 72)
        let wrapped = lines.flatMap { line in
            TextWrap.lines(line.text, width: width - 4).map { CellText($0, line.role) }
        }
        let box = rect.centered(width: width, height: wrapped.count + 4)
        let inner = screen.box(box, title: title, glyphs: model.glyphs.box)
        for (row, line) in wrapped.prefix(inner.height).enumerated() {
            let y = inner.y + row + (inner.height > wrapped.count + 1 ? 1 : 0)
            screen.put(line.text, x: inner.x + 1, y: y, role: line.role, limit: inner.width - 1)
        }
    }

    private static let emptyLines = [
        CellText("The daemon runs and has no pool."), CellText(""),
        CellText("Give it a profile:   poold run PROFILE.toml"),
    ]

    private static func failureLines(_ model: DashboardModel) -> [CellText] {
        let link = model.link
        guard let reason = link.reason else { return [CellText(link.socket, .dim)] }
        let wait = link.retryAt.map { "in \(Figures.decimal(max(0, ($0 - model.uptime).inSeconds), 0)) s" } ?? "now"
        let lines = [
            CellText(LogText.clean(reason), .warn),
            CellText("Waiting: try \(link.attempt) \(wait)     ^R now     q quit", .info),
            CellText(""),
        ]
        // A daemon that is there and says no has another remedy than one that is to be started.
        guard reason.hasPrefix("no daemon") else { return lines + [CellText(LogText.clean(link.remedy ?? ""))] }
        return lines + [
            CellText("Start one here:    poold run -d PROFILE.toml"),
            CellText("Is it running?     poolctl status"),
            CellText("Another one?       pooltop --runtime-dir DIR"),
        ]
    }
}
