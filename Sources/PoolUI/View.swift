package import PoolScreen

/// The screen that shows a model. Sees no clock, locale or environment: they are in the model.
package func view(_ model: DashboardModel) -> Screen {
    var screen = Screen(size: model.size)
    guard !SummaryView.isShown(model.size) else {
        SummaryView.draw(model, on: &screen)
        return screen
    }
    let layout = ScreenLayout(model)
    HeaderView.draw(model, in: layout.header, on: &screen)
    if model.pool == nil {
        ConnectView.draw(
            model,
            in: Rect(x: 0, y: 1, width: model.size.columns, height: layout.body.maxY - 1),
            on: &screen
        )
    } else {
        TabsView.draw(model, in: layout.tabs, on: &screen)
        switch model.view {
        case .workers:
            WorkerTableView.draw(model, in: layout.table, on: &screen)
            LogView.draw(model, in: layout.logs, on: &screen)
        case .detail: DetailView.draw(model, layout, on: &screen)
        case .logs: LogView.draw(model, in: layout.logs, on: &screen)
        case .events: EventsView.draw(model, in: layout.body, on: &screen)
        case .health: HealthView.draw(model, in: layout.body, on: &screen)
        case .operations: OperationsView.draw(model, in: layout.body, on: &screen)
        case .fronts: FrontsView.draw(model, in: layout.body, on: &screen)
        case .config: ConfigView.draw(model, in: layout.body, on: &screen)
        case .pools: PoolsView.draw(model, in: layout.body, on: &screen)
        }
        if model.link.isStale {
            screen.mark(Rect(x: 0, y: 1, width: model.size.columns, height: layout.body.maxY - 1), .stale)
        }
    }
    KeyBar.draw(model, in: layout.keyBar, on: &screen)
    let line = layout.status.isEmpty ? layout.keyBar : layout.status
    StatusLine.draw(model, in: line, on: &screen)
    DialogView.draw(model, on: &screen)
    return screen
}
