internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// One worker: state and why, process, load, answers, what ended it before, and its log below.
enum DetailView {
    static func draw(_ model: DashboardModel, _ layout: ScreenLayout, on screen: inout Screen) {
        let area = Rect(
            x: 0,
            y: layout.body.y,
            width: layout.body.width,
            height: layout.body.height - layout.logs.height
        )
        guard let worker = model.selectedWorker else {
            screen.put("No worker is selected: 1 shows them all.", x: 1, y: area.y + 1, role: .dim)
            return
        }
        let line = model.line(worker)
        let isWide = area.width >= 76
        let left = isWide ? min(area.width - 26, max(54, area.width / 2)) : area.width
        let facts = facts(line, model)
        for (row, fact) in facts.prefix(area.height).enumerated() {
            screen.put(fact.name, x: 1, y: area.y + row, role: .key)
            let limit = fact.isLong ? area.width - 12 : left - 12
            screen.put(
                fact.value.text,
                x: 11,
                y: area.y + row,
                role: fact.value.role,
                limit: limit,
                mark: model.glyphs.cut
            )
        }
        let used = min(area.height, max(facts.count, isWide ? 13 : 0))
        if isWide {
            // Below the facts that need the whole width.
            let top = facts.prefix { $0.isLong }.count
            let bars = Rect(x: left, y: area.y + top, width: area.width - left - 1, height: used - top)
            DetailBars(traffic: worker.traffic, bands: model.selectedDetail?.latency, glyphs: model.glyphs)
                .draw(in: bars, on: &screen)
        }
        drawTimeline(
            line,
            model,
            in: Rect(x: 1, y: area.y + used, width: area.width - 2, height: area.height - used),
            on: &screen
        )
        DetailPaneView.draw(model, in: layout.logs, on: &screen)
    }

    private struct Fact {
        var name: String
        var value: CellText
        /// Needs the whole width.
        var isLong = false
    }

    private static func facts(_ line: WorkerLine, _ model: DashboardModel) -> [Fact] {
        let (status, traffic) = (line.status, line.worker.traffic)
        let label = WorkerLabel(status)
        let since = Figures.age(model.now.seconds - status.since.seconds)
        let states = "\(status.state.rawValue) \(status.health.rawValue) \(status.admin.rawValue)"
        var facts = [
            Fact(
                name: "state",
                value: CellText("\(label.glyph(model.glyphs)) \(label.long) for \(since)   \(states)", label.role),
                isLong: true
            )
        ]
        if let why = status.why(now: model.now) {
            facts.append(Fact(name: "why", value: CellText(why, label.role), isLong: true))
        }
        facts.append(Fact(name: "process", value: process(line)))
        facts.append(Fact(name: "address", value: CellText(status.address.description)))
        if let use = line.worker.resources {
            facts.append(
                Fact(
                    name: "cpu",
                    value: CellText("\(Figures.percent(use.cpuPercent))%   \(Figures.age(use.cpuSeconds)) in all")
                )
            )
            let rss = "\(Figures.bytes(use.rssBytes))   \(use.threads) threads   \(use.fileDescriptors) fds"
            facts.append(Fact(name: "memory", value: CellText(rss)))
        }
        let rate = Figures.rate(traffic.requestsPerSecond)
        facts.append(
            Fact(
                name: "requests",
                value: CellText("\(rate)/s   \(Figures.grouped(Int(clamping: traffic.requests))) in all")
            )
        )
        let tunnels = traffic.tunnels > 0 ? "   \(traffic.tunnels) tunnels" : ""
        facts.append(
            Fact(name: "in flight", value: CellText("\(traffic.inFlight)\(tunnels)   weight \(status.weight)"))
        )
        facts.append(Fact(name: "errors", value: errors(traffic)))
        facts.append(Fact(name: "probe", value: probe(status, model)))
        let last = status.lastExit.map { "   last: \($0.text)" } ?? ""
        facts.append(
            Fact(name: "restarts", value: CellText("\(status.restarts)\(last)", status.restarts > 0 ? .warn : .normal))
        )
        return facts
    }

    private static func process(_ line: WorkerLine) -> CellText {
        guard let process = line.status.process else { return CellText("none   life \(line.status.life)", .dim) }
        let age = line.age.map { "   age \(Figures.age($0))" } ?? ""
        return CellText("\(process)   life \(line.status.life)   gen \(line.status.generation)\(age)")
    }

    private static func errors(_ traffic: TrafficStats) -> CellText {
        let failures = traffic.status5xx &+ traffic.errors
        let text =
            "5xx \(traffic.status5xx)  cut \(traffic.errors)  timeout \(traffic.timeouts)  retried \(traffic.retries)"
        return CellText(text, failures > 0 ? .bad : .dim)
    }

    private static func probe(_ status: WorkerStatus, _ model: DashboardModel) -> CellText {
        guard let probe = status.lastProbe else { return CellText("none yet", .dim) }
        let age = Figures.age(model.now.seconds - probe.at.seconds)
        let took = Figures.latency(probe.elapsed.inSeconds * 1000)
        let word = probe.isGood ? "ok" : probe.phase.rawValue
        return CellText("\(word) \(LogText.clean(probe.detail)) in \(took), \(age) ago", probe.isGood ? .ok : .bad)
    }

    // MARK: what happened

    /// A line of time with a mark where the worker ended or was started.
    private static func drawTimeline(
        _ line: WorkerLine,
        _ model: DashboardModel,
        in rect: Rect,
        on screen: inout Screen
    ) {
        guard rect.height >= 4, rect.width >= 30 else { return }
        let events = model.events.filter { $0.worker == line.status.id && ($0.kind == .exit || $0.kind == .health) }
        let oldest = model.events.first?.at.seconds ?? model.now.seconds
        let span = max(60, model.now.seconds - oldest)
        let exits = events.count { $0.kind == .exit }
        let y = rect.y + 1
        let title =
            "last \(Figures.age(span))   \(model.glyphs.failed) ended \(exits)   \(model.glyphs.warning) health changed \(events.count - exits)"
        screen.put(title, x: rect.x, y: y, role: .dim, limit: rect.width)
        screen.fill(Rect(x: rect.x, y: y + 1, width: rect.width, height: 1), model.glyphs.rule, role: .border)
        for event in events {
            let x = rect.x + Int(Double(rect.width - 1) * min(max(0, (event.at.seconds - oldest) / span), 1))
            let isBad = event.severity == .warning || event.severity == .error
            let mark = event.kind == .exit ? (isBad ? model.glyphs.failed : model.glyphs.planned) : model.glyphs.warning
            screen.put(mark, x: x, y: y + 1, role: isBad ? .bad : .info)
        }
    }
}
