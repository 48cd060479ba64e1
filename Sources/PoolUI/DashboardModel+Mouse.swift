internal import PoolModel
internal import PoolScreen

/// The mouse: a click selects, a click on what is selected opens, a click on a title sorts, the wheel scrolls.
extension DashboardModel {
    mutating func click(_ point: Point) -> [Effect] {
        let layout = ScreenLayout(self)
        if layout.tabs.contains(point) {
            if let view = TabsView.view(at: point.x, in: self) { show(view) }
        } else if view == .workers, layout.table.contains(point) {
            return clickTable(point, layout)
        } else if view == .events, layout.body.contains(point) {
            return select(row: point.y - layout.body.y - 1 + eventList.top, opens: eventList.selected)
        } else if view == .pools, layout.body.contains(point) {
            let index = point.y - layout.body.y - 1 + poolList.top
            guard pools.indices.contains(index) else { return [] }
            if index == poolList.selected { return open() }
            poolList.selected = index
        } else if view == .operations, layout.body.contains(point) {
            let index = point.y - layout.body.y - 1 + operationList.top
            guard openOperation == nil, shownOperations.indices.contains(index) else { return [] }
            if index == operationList.selected { return open() }
            operationList.selected = index
        }
        return []
    }

    private mutating func clickTable(_ point: Point, _ layout: ScreenLayout) -> [Effect] {
        guard point.y > layout.table.y else {
            if let column = WorkerTableView.column(at: point.x, in: self) { sort(by: column) }
            return []
        }
        let row = table.top + point.y - layout.table.y - 1
        guard table.order.indices.contains(row) else { return [] }
        if table.selected == table.order[row] { return open() }
        table.heldUntil = uptime + TableState.hold
        table.selected = table.order[row]
        return []
    }

    private mutating func select(row: Int, opens selected: Int) -> [Effect] {
        guard shownEvents.indices.contains(row) else { return [] }
        if row == selected { return open() }
        eventList.selected = row
        return []
    }

    mutating func wheel(_ lines: Int, _ point: Point) -> [Effect] {
        let layout = ScreenLayout(self)
        if layout.logs.contains(point) {
            logs.move(by: lines, rows: layout.logRows)
        } else {
            move(by: lines)
        }
        return []
    }
}
