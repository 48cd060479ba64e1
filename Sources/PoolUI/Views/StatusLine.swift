internal import PoolModel
internal import PoolScreen

/// One line above the key bar: what is being typed, what became of something, what is under way, or a hint.
enum StatusLine {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        if case .filter(let prompt) = model.dialog { return draw(prompt, model, in: rect, on: &screen) }
        guard let line = line(model) else { return }
        screen.fill(rect)
        screen.put(line.text, x: rect.x + 1, y: rect.y, role: line.role, limit: rect.width - 1, mark: model.glyphs.cut)
    }

    private static func line(_ model: DashboardModel) -> CellText? {
        // An answer to a key comes first, for its moment: the header says that there is no data.
        if let notice = model.notice { return CellText(notice.text, notice.role) }
        if model.link.phase == .silent {
            return CellText("the daemon says nothing: it hangs, or is overloaded (^R connects anew)", .bad)
        }
        if model.link.phase == .lost {
            let link = model.link
            let wait = link.retryAt.map { "in \(Figures.decimal(max(0, ($0 - model.uptime).inSeconds), 0)) s" } ?? "now"
            return CellText(
                "daemon lost; try \(link.attempt) \(wait) (^R now): \(LogText.clean(link.reason ?? ""))",
                .bad
            )
        }
        // A low screen has no line of its own for this: the keys stay.
        guard model.size.rows >= 12 else { return nil }
        if let running = model.shownOperations.first(where: { !$0.state.isFinished }) {
            return CellText(running.summary, .info)
        }
        if let error = model.pool?.profileError { return CellText("profile refused: \(LogText.clean(error))", .warn) }
        if !model.hasSeenKey, model.pool != nil {
            return CellText("New here? ? lists the keys, Enter opens a worker, 3 shows the logs.", .dim)
        }
        return nil
    }

    private static func draw(_ prompt: FilterPrompt, _ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        screen.fill(rect, role: .input)
        let start = screen.put(prompt.isSearch ? "search /" : "/", x: rect.x, y: rect.y, role: .input)
        screen.put(prompt.editor.text, x: start, y: rect.y, role: prompt.isInvalid ? .bad : .input)
        let before = TextWidth.columns(
            of: String(prompt.editor.text.unicodeScalars.prefix(prompt.editor.cursor).map { Character($0) })
        )
        screen.cursor = Point(x: min(start + before, rect.maxX - 1), y: rect.y)
        screen.isCursorVisible = true
        let search = prompt.view == .logs ? (prompt.isSearch ? "Tab filter   " : "Tab search only   ") : ""
        let hint =
            prompt.isInvalid
            ? "not an expression"
            : "\(search)! not   \(model.glyphs.upDown) before   Esc undo   \(model.glyphs.enter) keep"
        let columns = TextWidth.columns(of: hint)
        if start + TextWidth.columns(of: prompt.editor.text) + 3 < rect.maxX - columns {
            screen.putRight(hint + " ", x: rect.x, y: rect.y, width: rect.width, role: .input)
        }
    }
}
