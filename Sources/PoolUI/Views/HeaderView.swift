internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The pool at a glance: four lines where there is room, two or one where there is not.
enum HeaderView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        drawTitle(model, in: Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), on: &screen)
        guard model.pool != nil else { return }
        if rect.height >= 4 {
            drawGauges(model, in: rect, on: &screen)
        } else if rect.height == 2 {
            drawLine(model, y: rect.y + 1, width: rect.width, on: &screen)
        }
    }

    // MARK: the title

    private static func drawTitle(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        screen.fill(rect, role: .title)
        var left = " \(model.pool?.name ?? model.settings.pool ?? "pooltop")"
        if rect.width >= 60, let pool = model.pool { left += "  gen \(pool.generation)" }
        if rect.width >= 60, model.pools.count > 1 {
            left +=
                "  pool \((model.pools.firstIndex { $0.name == model.pool?.name } ?? 0) + 1) of \(model.pools.count) (P)"
        }
        let x = screen.put(left + "  ", x: rect.x, y: rect.y, role: .title)
        var end = screen.put(linkText(model), x: x, y: rect.y, role: .title)
        if let gate = model.pool?.gate {
            end = screen.put("  \(model.glyphs.warning) \(gate.words(now: model.now))", x: end, y: rect.y, role: .title)
        }
        // The longest that fits: whether actions are off is the last to go.
        let right = rightTexts(model, width: rect.width).first { end + TextWidth.columns(of: $0) + 1 < rect.maxX }
        guard let right else { return }
        screen.put(right, x: rect.maxX - TextWidth.columns(of: right) - 1, y: rect.y, role: .title)
    }

    static func linkText(_ model: DashboardModel) -> String {
        switch model.link.phase {
        case .connecting: "\(model.glyphs.off) connecting"
        case .live: "\(model.glyphs.good) live"
        case .lost, .silent:
            "\(model.glyphs.warning) NO DATA \(Figures.age(model.now.seconds - (model.link.lostAt ?? model.now).seconds))"
        }
    }

    /// What stands at the right, the longest first.
    private static func rightTexts(_ model: DashboardModel, width: Int) -> [String] {
        let mode = !model.link.isLive ? "actions off" : model.actionsRefused == nil ? "rw" : "read-only"
        guard width >= 60 else { return [mode] }
        let up = model.daemon.map { "up \(Figures.age(model.now.seconds - $0.startedAt.seconds))   " } ?? ""
        let rate = "\(Figures.decimal(model.settings.rate, model.settings.rate < 1 ? 1 : 0))/s"
        let short = [up + "\(rate)  \(mode)", "\(rate)  \(mode)", mode]
        guard width >= 120 else { return short }
        let time = ClockText.ofDay(model.now, offset: model.settings.utcOffset)
        return ["control \(model.link.socket)   \(up)refresh \(rate)   \(mode)   \(time)"] + short
    }

    // MARK: four lines

    private static func drawGauges(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        let totals = model.totals
        let memory = model.host.memoryBytes
        let gauges: [(String, Double?, String)] = [
            ("CPU", totals.cpuPercent / 100 / Double(model.host.cores), "\(Int(totals.cpuPercent.rounded()))%"),
            ("MEM", memory > 0 ? Double(totals.rssBytes) / Double(memory) : nil, Figures.bytes(totals.rssBytes)),
            (
                "BSY", totals.routable > 0 ? Double(totals.busy) / Double(totals.routable) : nil,
                "\(totals.busy)/\(totals.workers)"
            ),
        ]
        let barWidth = rect.width / 4 + 2
        for (row, gauge) in gauges.enumerated() {
            let y = rect.y + 1 + row
            screen.put(gauge.0, x: 1, y: y, role: .key)
            Meter.draw(gauge.1, x: 5, y: y, width: barWidth, isLimit: row < 2, on: &screen, glyphs: model.glyphs)
            screen.putRight(gauge.2, x: 5 + barWidth, y: y, width: 6)
        }
        let groups = groups(model, width: rect.width)
        let groupsX = rect.maxX - groups.count * groupWidth + 2
        for (column, group) in groups.enumerated() {
            draw(group, x: groupsX + column * groupWidth, y: rect.y + 1, on: &screen)
        }
        drawTraffic(
            model,
            in: Rect(x: barWidth + 14, y: rect.y + 1, width: groupsX - barWidth - 17, height: 3),
            on: &screen
        )
    }

    private static func drawTraffic(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard let stats = model.pool?.stats, rect.width >= 12 else { return }
        let history = model.poolFigures.history
        let rows: [(String, String, [Float], Role)] = [
            ("req/s", Figures.rate(stats.requestsPerSecond), history.requests, .graph),
            ("err/s", Figures.rate(stats.errorsPerSecond), history.errors, .graphBad),
            ("fly", Figures.count(stats.inFlight), history.inFlight, .graph),
        ]
        for (row, (name, value, values, role)) in rows.enumerated() {
            let y = rect.y + row
            screen.put(name, x: rect.x, y: y, role: .key)
            screen.putRight(
                value,
                x: rect.x + 5,
                y: y,
                width: 6,
                role: role == .graphBad && stats.errorsPerSecond > 0 ? .bad : .normal
            )
            let graph = Rect(x: rect.x + 12, y: y, width: rect.width - 12, height: 1)
            Sparkline.draw(values, in: graph, on: &screen, glyphs: model.glyphs, role: role)
        }
    }

    private static let groupWidth = 18

    /// Three lines of a name and a figure each.
    private typealias Group = [(String, CellText)]

    private static func draw(_ group: Group, x: Int, y: Int, on screen: inout Screen) {
        for (row, (name, figure)) in group.enumerated() {
            screen.put(name, x: x, y: y + row, role: .key)
            screen.putRight(figure.text, x: x + 5, y: y + row, width: 10, role: figure.role)
        }
    }

    private static func groups(_ model: DashboardModel, width: Int) -> [Group] {
        guard let pool = model.pool else { return [] }
        let totals = model.totals
        let stats = pool.stats
        let ready = totals.routable == totals.workers ? Role.ok : totals.routable == 0 ? .bad : .warn
        var groups: [Group] = [
            [
                ("ready", CellText("\(totals.routable)/\(totals.workers)", ready)),
                ("p50", CellText(Figures.latency(stats.p50Milliseconds))),
                ("p99", CellText(Figures.latency(stats.p99Milliseconds))),
            ]
        ]
        if width >= 120 {
            groups.append([
                ("start", count(totals.starting, .info)), ("drain", count(totals.draining, .warn)),
                ("bad", count(totals.unhealthy + totals.failed, .bad)),
            ])
        }
        if width >= 150 {
            groups.append([
                ("5xx", count(Int(clamping: stats.status5xx), .bad)),
                ("retry", count(Int(clamping: stats.retries), .warn)),
                ("rst", count(totals.restarts, .warn)),
            ])
        }
        return groups
    }

    private static func count(_ value: Int, _ role: Role) -> CellText {
        value == 0 ? CellText("0", .dim) : CellText(Figures.count(UInt64(value)), role)
    }

    // MARK: one line

    private static func drawLine(_ model: DashboardModel, y: Int, width: Int, on screen: inout Screen) {
        guard let pool = model.pool else { return }
        let totals = model.totals
        let role: Role = totals.routable == totals.workers ? .ok : totals.routable == 0 ? .bad : .warn
        var x = screen.put("\(totals.routable)/\(totals.workers) ready", x: 1, y: y, role: role) + 2
        let share = totals.cpuPercent / 100 / Double(model.host.cores)
        if width >= 58 {
            Meter.draw(share, x: x, y: y, width: 10, on: &screen, glyphs: model.glyphs)
            x += 11
        }
        let errors = model.poolFigures.history.failures(last: 60)
        let parts = [
            CellText("\(Figures.rate(pool.stats.requestsPerSecond))/s"),
            CellText("p99 \(Figures.latency(pool.stats.p99Milliseconds))"),
            CellText("err \(Figures.count(errors))", errors > 0 ? .bad : .dim),
            CellText("cpu \(Int(totals.cpuPercent.rounded()))%"),
        ]
        for part in parts where x + TextWidth.columns(of: part.text) <= width {
            x = screen.put(part.text, x: x, y: y, role: part.role) + 2
        }
    }
}
