internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// What is known of one worker, as names and values; and as a page with its latencies and what happened to it, for screens
/// on which not all of it has room.
enum DetailFacts {
    struct Fact {
        var name: String
        var value: CellText
        /// Needs the whole width.
        var isLong = false
    }

    /// All of them, the most telling first.
    static func all(_ line: WorkerLine, _ model: DashboardModel) -> [Fact] {
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
            let threads = Figures.plural(use.threads, "thread")
            let rss = "\(Figures.bytes(use.rssBytes))   \(threads)   \(use.fileDescriptors) fds"
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

    // MARK: the page

    /// Everything about the selected worker, one line under the other.
    static func page(_ model: DashboardModel) -> Page {
        var page = Page()
        guard let worker = model.selectedWorker else { return page }
        for fact in all(model.line(worker), model) { page.addFact(fact.name, fact.value, valueX: 11) }
        page.addGap()
        addLatencies(worker.traffic, model, to: &page)
        page.addGap()
        let traffic = worker.traffic
        page.addTitle([(1, "ANSWERS, IN ALL")])
        for (name, count, role) in [
            ("2xx", traffic.status2xx, Role.ok), ("3xx", traffic.status3xx, .normal),
            ("4xx", traffic.status4xx, .warn), ("5xx", traffic.status5xx, .bad),
        ] { page.addFact(name, CellText(Figures.grouped(Int(clamping: count)), count > 0 ? role : .dim), valueX: 11) }
        page.addGap()
        addEvents(of: worker.status.id, model, to: &page)
        return page.reflowed(width: model.size.columns)
    }

    private static func addLatencies(_ traffic: TrafficStats, _ model: DashboardModel, to page: inout Page) {
        page.addTitle([(1, "LATENCY, LAST MINUTE")])
        let histogram = LatencyHistogram(model.selectedDetail?.latency ?? [])
        for text in histogram.summary(traffic, width: model.size.columns - 2) { page.add(text) }
        let rows = histogram.rows(atMost: 16)
        let most = rows.map(\.count).max() ?? 0
        let room = max(4, model.size.columns - 22)
        for row in rows where most > 0 {
            let length = row.count > 0 ? max(1, Int(Double(row.count) / Double(most) * Double(room))) : 0
            let bar = String(repeating: String(model.glyphs.full), count: length)
            let count = CellText(Figures.count(row.count))
            page.add([(1, CellText(row.name, .key)), (11, CellText(bar, .graph)), (12 + length, count)])
        }
    }

    private static func addEvents(of worker: WorkerID, _ model: DashboardModel, to page: inout Page) {
        let events = model.events.filter { $0.worker == worker }.suffix(eventsMax)
        page.addTitle([(1, "WHAT HAPPENED")])
        if events.isEmpty { page.add("Nothing since the oldest event that is known.", .dim) }
        for event in events.reversed() {
            let isBad = event.severity == .warning || event.severity == .error
            page.add([
                (1, CellText(ClockText.ofDay(event.at, offset: model.settings.utcOffset), .dim)),
                (11, CellText("\(event.kind.rawValue): \(event.message)", isBad ? .bad : .normal)),
            ])
        }
    }

    /// Events of the page. Beyond: the older ones are in the view of the events.
    private static let eventsMax = 20
}
