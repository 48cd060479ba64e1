internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// What the detail shows below its facts: the worker's log, or in its place processes, environment or probes.
enum DetailPaneView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard rect.height >= 2 else { return }
        guard model.detailPane != .log else { return LogView.draw(model, in: rect, on: &screen) }
        let hint = CellText("i for the next", .dim)
        Rule.draw([CellText(title(model), .key), hint], in: rect, on: &screen, glyphs: model.glyphs)
        let area = Rect(x: rect.x, y: rect.y + 1, width: rect.width, height: rect.height - 1)
        page(model).draw(from: model.pageTop, in: area, on: &screen, glyphs: model.glyphs)
    }

    private static func title(_ model: DashboardModel) -> String {
        let detail = model.selectedDetail
        switch model.detailPane {
        case .log: return "log"
        case .facts: return "facts"
        case .processes: return "processes\(detail.map { ": \($0.processes.count)" } ?? "")"
        case .environment: return "environment\(detail.map { ": \($0.environment.count)" } ?? "")"
        case .probes: return "probes, the newest first"
        }
    }

    static func page(_ model: DashboardModel) -> Page {
        var page = Page()
        if model.detailPane == .probes {
            addProbes(model, to: &page)
            return page.reflowed(width: model.size.columns)
        }
        guard let detail = model.selectedDetail else {
            let failure = model.selectedWorker.flatMap { model.failure(.detail($0.status.id)) }
            page.add(failure ?? "Asking the daemon.", failure == nil ? .dim : .warn)
            return page
        }
        switch model.detailPane {
        case .processes: add(detail.processes, to: &page, model.glyphs)
        case .environment: add(detail.environment, to: &page)
        case .log, .probes, .facts: break
        }
        return page.reflowed(width: model.size.columns)
    }

    private static func add(_ processes: [WorkerProcess], to page: inout Page, _ glyphs: Glyphs) {
        guard !processes.isEmpty else { return page.add("No process.", .dim) }
        page.addTitle([(1, "PID"), (10, "ST"), (14, "RSS"), (21, "CPU"), (30, "THR"), (36, "NAME")])
        for process in processes {
            let indent = String(repeating: "  ", count: min(process.depth, 12)) + (process.depth > 0 ? "+ " : "")
            let role = process.gunicorn.map { " (\($0.summary))" } ?? ""
            page.add([
                (1, CellText("\(process.pid)", .key)), (10, CellText(LogText.clean(process.state), .dim)),
                (14, CellText(Figures.bytes(process.rssBytes))), (21, CellText(Figures.age(process.cpuSeconds))),
                (30, CellText("\(process.threads)")), (36, CellText(indent + LogText.clean(process.name) + role)),
            ])
        }
        if processes.count == WorkerDetail.processesMax { page.add("Further ones are left out.", .dim) }
    }

    private static func add(_ environment: [EnvironmentEntry], to page: inout Page) {
        guard !environment.isEmpty else {
            return page.add("No process, or the daemon may not read its environment.", .dim)
        }
        for entry in environment {
            let isHidden = entry.value == ProfileReply.hidden
            page.add([
                (1, CellText(LogText.clean(entry.name), .key)),
                (30, CellText(LogText.clean(entry.value), isHidden ? .dim : .normal)),
            ])
        }
    }

    private static func addProbes(_ model: DashboardModel, to page: inout Page) {
        let results = model.table.selected.flatMap { model.poolFigures.workers[$0]?.probes.results } ?? []
        guard !results.isEmpty else { return page.add("No probe has come back yet.", .dim) }
        for probe in results.reversed() {
            page.add([
                (1, CellText(ClockText.ofDay(probe.at, offset: model.settings.utcOffset), .dim)),
                (
                    10,
                    CellText(
                        "\(probe.isGood ? model.glyphs.good : model.glyphs.warning) \(probe.isGood ? "ok" : probe.phase.rawValue)",
                        probe.isGood ? .ok : .bad
                    )
                ), (20, CellText(Figures.latency(probe.elapsed.inSeconds * 1000))),
                (29, CellText(LogText.clean(probe.detail), probe.isGood ? .normal : .bad)),
            ])
        }
    }
}
