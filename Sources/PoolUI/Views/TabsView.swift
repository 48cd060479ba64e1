internal import PoolModel
internal import PoolScreen

/// The views with their keys, the shown one in brackets; at the right what holds for it.
enum TabsView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        screen.fill(rect, role: .tab)
        for (view, start, text) in labels(model) {
            screen.put(text, x: start, y: rect.y, role: view == model.view ? .tabOn : .tab)
        }
        let end = labels(model).last.map { $0.start + TextWidth.columns(of: $0.text) } ?? 0
        for text in notes(model) where TextWidth.columns(of: text) + 2 <= rect.maxX - end {
            screen.putRight(text + " ", x: end, y: rect.y, width: rect.maxX - end, role: .tab)
            break
        }
    }

    /// The view whose tab is at a column.
    static func view(at x: Int, in model: DashboardModel) -> ViewName? {
        labels(model).first { x >= $0.start && x < $0.start + TextWidth.columns(of: $0.text) }?.view
    }

    /// Titles for as many views as leave room for what is said at the right; the others are their keys alone.
    private static func labels(_ model: DashboardModel) -> [(view: ViewName, start: Int, text: String)] {
        let columns = model.size.columns
        // What is said at the right may take a third: a filter that is in force must be seen.
        let note = columns >= 58 ? min(columns / 3, notes(model).first.map { TextWidth.columns(of: $0) + 2 } ?? 0) : 0
        // Every view has its key and a blank on both sides.
        var room = columns - note - 3 * ViewName.allCases.count - model.view.title.count - 1
        var x = 0
        return ViewName.allCases.map { view in
            let isOn = view == model.view
            let isTitled = isOn || (columns >= 58 && room >= view.title.count + 1)
            // Behind the first title without room there is none either: the keys then stand in a row.
            if !isOn { room = isTitled ? room - view.title.count - 1 : 0 }
            let title = isTitled ? " \(view.title)" : ""
            let text = isOn ? "[\(view.rawValue)\(title)]" : " \(view.rawValue)\(title) "
            defer { x += TextWidth.columns(of: text) }
            return (view, x, text)
        }
    }

    /// What is said at the right, the longest first.
    private static func notes(_ model: DashboardModel) -> [String] {
        switch model.view {
        case .workers:
            let table = model.table
            let mark = table.isDescending ? model.glyphs.descending : model.glyphs.ascending
            let sort = "sort \(table.sort.title)\(mark)"
            let held = table.isFrozen ? "FROZEN  " : table.isHeld(at: model.uptime) ? "held  " : ""
            let tagged = table.tagged.isEmpty ? "" : "\(table.tagged.count) tagged  "
            let filter = table.filter.map { "/\($0.source)/  " } ?? ""
            let shown = "\(table.order.count) shown  "
            return ["\(filter)\(tagged)\(held)\(shown)\(sort)", "\(tagged)\(held)\(sort)", "\(held)\(sort)", sort]
        case .detail:
            let name = model.selectedWorker?.name ?? "no worker"
            let pane = "i \(model.detailPane.rawValue)"
            if model.size.columns >= 120 {
                return ["\(pane)   \(name)   \(model.glyphs.leftRight) other worker", name]
            }
            return ["\(name)   \(model.glyphs.leftRight) other worker", "\(name)  \(model.glyphs.leftRight)", name]
        case .logs:
            if model.logs.isFollowing { return ["FOLLOW"] }
            let new = Figures.grouped(model.logs.newLines)
            return ["PAUSED   +\(new) new lines (f or G: follow again)", "PAUSED +\(new) new", "PAUSED"]
        case .events: return ["\(model.shownEvents.count) of \(Figures.grouped(model.events.count))"]
        case .health: return []
        case .operations: return [Figures.plural(model.shownOperations.count, "operation")]
        case .fronts, .config: return []
        case .pools: return [Figures.plural(model.pools.count, "pool")]
        }
    }
}
