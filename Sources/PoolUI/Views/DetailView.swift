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
        if isWide {
            // Below the facts that need the whole width.
            let top = facts.prefix { $0.isLong }.count
            let bars = Rect(x: left, y: area.y + top, width: area.width - left - 1, height: area.height - top)
            drawBars(line, in: bars, model, on: &screen)
        }
        let used = max(facts.count, isWide ? 11 : 0)
        drawTimeline(
            line,
            model,
            in: Rect(x: 1, y: area.y + used, width: area.width - 2, height: area.height - used),
            on: &screen
        )
        drawLog(line, model, in: layout.logs, on: &screen)
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

    // MARK: bars

    private static func drawBars(_ line: WorkerLine, in rect: Rect, _ model: DashboardModel, on screen: inout Screen) {
        let traffic = line.worker.traffic
        let latency = [
            ("p50", traffic.p50Milliseconds), ("p90", traffic.p90Milliseconds), ("p99", traffic.p99Milliseconds),
        ]
        let slowest = latency.compactMap(\.1).max() ?? 0
        screen.put("latency, last minute", x: rect.x, y: rect.y, role: .dim)
        for (row, (name, value)) in latency.enumerated() {
            let share = slowest > 0 ? (value ?? 0) / slowest : 0
            drawBar(name, share, Figures.latency(value), .graph, rect, row + 1, model, on: &screen)
        }
        screen.put("answers in all", x: rect.x, y: rect.y + 4, role: .dim)
        let answers: [(String, UInt64, Role)] = [
            ("2xx", traffic.status2xx, .gauge), ("3xx", traffic.status3xx, .graph), ("4xx", traffic.status4xx, .warn),
            ("5xx", traffic.status5xx, .graphBad),
        ]
        let most = answers.map(\.1).max() ?? 0
        for (row, (name, count, role)) in answers.enumerated() {
            drawBar(
                name,
                most > 0 ? Double(count) / Double(most) : 0,
                Figures.count(count),
                role,
                rect,
                row + 5,
                model,
                on: &screen
            )
        }
    }

    private static func drawBar(
        _ name: String,
        _ share: Double,
        _ figure: String,
        _ role: Role,
        _ rect: Rect,
        _ row: Int,
        _ model: DashboardModel,
        on screen: inout Screen
    ) {
        guard row < rect.height else { return }
        let room = max(0, rect.width - 4 - 8)
        let length = share > 0 ? max(1, Int((share * Double(room)).rounded())) : 0
        screen.put(name, x: rect.x, y: rect.y + row, role: .key)
        screen.fill(Rect(x: rect.x + 4, y: rect.y + row, width: length, height: 1), model.glyphs.full, role: role)
        screen.put(figure, x: rect.x + 5 + length, y: rect.y + row)
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

    /// The worker's own lines, from the newest back.
    private static func drawLog(_ line: WorkerLine, _ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard rect.height >= 2 else { return }
        var own = model
        own.logs.setWorkers([line.number])
        LogView.draw(own, in: rect, on: &screen)
    }
}
