internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Moving within a view and between views.
extension DashboardModel {
    var pageRows: Int {
        let layout = ScreenLayout(self)
        return switch view {
        case .workers: max(1, layout.tableRows - 1)
        case .detail: max(1, (layout.logs.isEmpty ? layout.body.height : layout.logRows) - 1)
        case .logs: max(1, layout.logRows - 1)
        case .events: max(1, EventsView.rows(layout.body) - 1)
        case .operations where openOperation == nil: max(1, layout.body.height / 2)
        case .pools: PoolsView.rows(layout.body)
        case .health, .operations, .fronts, .config: max(1, layout.body.height - 1)
        }
    }

    mutating func move(by rows: Int) {
        let layout = ScreenLayout(self)
        if isPage(layout) { return movePage(by: rows, layout) }
        switch view {
        case .workers:
            table.heldUntil = uptime + TableState.hold
            table.move(by: rows)
            table.scroll(rows: layout.tableRows)
        case .detail, .logs: logs.move(by: rows, rows: layout.logRows)
        case .health, .fronts, .config: break
        case .pools: poolList.move(by: rows, count: pools.count, height: PoolsView.rows(layout.body))
        case .events: eventList.move(by: rows, count: shownEvents.count, height: EventsView.rows(layout.body))
        case .operations:
            operationList.move(by: rows, count: shownOperations.count, height: OperationsView.rows(layout.body))
        }
    }

    mutating func moveToEnd(isFirst: Bool) {
        let layout = ScreenLayout(self)
        guard view == .detail || view == .logs, !isPage(layout) else { return move(by: isFirst ? -100_000 : 100_000) }
        if isFirst { logs.moveToFirst(rows: layout.logRows) } else { logs.follow() }
    }

    /// In the detail: the worker before or after. In logs: half a screen to the side.
    mutating func moveSideways(_ step: Int) {
        switch view {
        case .workers, .events, .health, .operations, .fronts, .config, .pools: break
        case .logs: logs.offset = max(0, min(logs.offset + step * size.columns / 2, LogText.bytesMax))
        case .detail:
            table.move(by: step)
            table.scroll(rows: ScreenLayout(self).tableRows)
            pageTop = 0
            narrowLog()
        }
    }

    /// Whether the view is read as a page: it has nothing to select, only lines.
    private func isPage(_ layout: ScreenLayout) -> Bool {
        if SummaryView.isShown(size) { return true }
        return switch view {
        case .health, .fronts, .config: true
        case .operations: openOperation != nil
        case .detail: detailPane != .log || layout.logs.isEmpty
        case .workers, .logs, .events, .pools: false
        }
    }

    /// Scrolls what is read as a page.
    mutating func movePage(by rows: Int, _ layout: ScreenLayout) {
        let (page, height) = page(layout)
        pageTop = max(0, min(pageTop + rows, page.lines.count - height))
    }

    /// The page that is read, and the rows that it has.
    private func page(_ layout: ScreenLayout) -> (page: Page, rows: Int) {
        if SummaryView.isShown(size) { return (SummaryView.page(self), SummaryView.rows(size)) }
        switch view {
        case .health: return (HealthView.page(self), layout.body.height)
        case .fronts: return (FrontsView.page(self), layout.body.height)
        case .config: return (ConfigView.page(self), layout.body.height)
        case .operations:
            return (openOperation.map { OperationPage.page($0, self) } ?? Page(), layout.body.height)
        case .detail where layout.logs.isEmpty: return (DetailFacts.page(self), layout.body.height)
        case .detail where detailPane != .log: return (DetailPaneView.page(self), layout.logRows)
        case .workers, .detail, .logs, .events, .pools: return (Page(), 0)
        }
    }

    mutating func turnPane() {
        let all = DetailPane.allCases
        detailPane = all[((all.firstIndex(of: detailPane) ?? 0) + 1) % all.count]
        pageTop = 0
    }

    /// In the detail the log is the worker's own; leaving it brings back what was shown before.
    mutating func narrowLog() {
        guard view == .detail else { return }
        let own = Set([table.selected].compactMap { $0 })
        if logWorkersBefore == nil { logWorkersBefore = logs.workers }
        if logs.workers != own { logs.setWorkers(own) }
    }

    mutating func show(_ view: ViewName) {
        if self.view == .detail, view != .detail, let before = logWorkersBefore {
            logs.setWorkers(before)
            logWorkersBefore = nil
        }
        self.view = view
        pageTop = 0
        openedOperation = nil
        if view == .pools { poolList.selected = pools.firstIndex { $0.name == pool?.name } ?? 0 }
        narrowLog()
        if view == .workers { arrange() }
        scroll()
    }

    mutating func turn(_ step: Int) {
        let count = ViewName.allCases.count
        show(ViewName(rawValue: (view.rawValue - 1 + step + count) % count + 1) ?? .workers)
    }

    mutating func open() -> [Effect] {
        switch view {
        case .pools:
            guard pools.indices.contains(poolList.selected) else { return [] }
            let name = pools[poolList.selected].name
            show(.workers)
            return name == pool?.name ? [] : show(pool: name)
        case .workers: if table.selected != nil { show(.detail) }
        case .events:
            if let number = selectedEvent?.worker?.number, worker(number) != nil {
                table.selected = number
                show(.detail)
            }
        case .operations:
            guard shownOperations.indices.contains(operationList.selected) else { return [] }
            openedOperation = shownOperations[operationList.selected].id
            pageTop = 0
        case .detail, .logs, .health, .fronts, .config: break
        }
        return []
    }

    var selectedEvent: PoolEvent? {
        let shown = shownEvents
        return shown.indices.contains(eventList.selected) ? shown[eventList.selected] : nil
    }

    /// One step back: a filter, the log's level, tags, then the view. Never quits.
    mutating func back() {
        switch view {
        case .logs:
            if widenLog() { return }
            if !logs.workers.isEmpty {
                logs.setWorkers([])
            } else {
                show(.workers)
            }
        case .events:
            if eventList.filter != nil { eventList.filter = nil } else { show(.workers) }
        case .detail where detailPane == .log && widenLog(): break
        case .operations where openedOperation != nil:
            openedOperation = nil
            pageTop = 0
        case .detail, .health, .operations, .fronts, .config, .pools: show(.workers)
        case .workers:
            if !table.tagged.isEmpty {
                table.tagged = []
            } else if table.filter != nil {
                table.filter = nil
                arrange(force: true)
            } else {
                _ = widenLog()
            }
        }
    }

    /// Takes what narrows the log away by one step: the expressions, then the level; false where there is neither.
    private mutating func widenLog() -> Bool {
        if logs.filter != nil || logs.search != nil {
            logs.setFilter(nil)
            logs.search = nil
        } else if logs.minimum > .debug {
            logs.setMinimum(.debug)
        } else {
            return false
        }
        return true
    }

    mutating func nextPool() -> [Effect] {
        let names = pools.map(\.name)
        guard names.count > 1, let index = names.firstIndex(of: pool?.name ?? "") else {
            say("there is one pool", .dim)
            return []
        }
        return show(pool: names[(index + 1) % names.count])
    }

    mutating func copy() -> [Effect] {
        let text: String? =
            switch view {
            case .workers, .detail, .health, .operations:
                selectedWorker.map { $0.status.process.map { "\($0.pid)" } ?? $0.name }
            case .logs: logs.count > 0 ? logs.row(logs.cursorIndex).text : nil
            case .events: selectedEvent?.message
            case .fronts: inquiry.front?.listeners.first?.address.description
            case .config: inquiry.profile?.path
            case .pools: pools.indices.contains(poolList.selected) ? pools[poolList.selected].name : nil
            }
        guard let text else { return [] }
        say("copied: \(text)", .info)
        return [.copy(text)]
    }
}
