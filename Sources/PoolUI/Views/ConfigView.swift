internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The profile that runs, what its file would change, and what a reload would do.
enum ConfigView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        page(model).draw(from: model.pageTop, in: rect, on: &screen, glyphs: model.glyphs)
    }

    static func page(_ model: DashboardModel) -> Page {
        var page = Page()
        guard let pool = model.pool else { return page }
        guard let profile = model.inquiry.profile, profile.pool == pool.name else {
            let failure = model.failure(.profile(pool: pool.name))
            page.add(failure ?? "Asking the daemon for the profile of \(pool.name).", failure == nil ? .dim : .warn)
            return page
        }
        page.addFact("profile", CellText(LogText.clean(profile.path)))
        page.addFact("running", CellText("generation \(profile.generation)"))
        page.addFact("file", verdict(profile, model))
        addPlan(model, pool, to: &page)
        for issue in profile.issues {
            let place = issue.line.map { "line \($0): " } ?? ""
            let key = issue.key.map { "\($0): " } ?? ""
            let advice = issue.suggestion.map { "; \($0)" } ?? ""
            page.addFact(
                issue.severity.rawValue,
                CellText(
                    LogText.clean("\(place)\(key)\(issue.message)\(advice)"),
                    issue.severity == .error ? .bad : .warn
                )
            )
        }
        page.addGap()
        let differs = model.inquiry.profileLines.contains { $0.side != .both }
        page.addTitle([(1, differs ? "RUNNING (-) AND IN THE FILE (+)" : "RUNNING, EVERY KEY")])
        for (index, line) in model.inquiry.profileLines.enumerated() {
            if index > 0, line.text.hasPrefix("[") { page.addGap() }
            page.lines.append(drawn(line))
        }
        return page.reflowed(width: model.size.columns)
    }

    private static func verdict(_ profile: ProfileReply, _ model: DashboardModel) -> CellText {
        if profile.issues.contains(where: { $0.severity == .error }) {
            return CellText("\(model.glyphs.failed) has errors: a reload would change nothing", .bad)
        }
        guard let proposed = profile.proposed else {
            return CellText("\(model.glyphs.failed) cannot be read", .bad)
        }
        return proposed == profile.running
            ? CellText("\(model.glyphs.good) is what runs", .ok)
            : CellText("\(model.glyphs.partly) differs from what runs: C reloads it", .warn)
    }

    private static func addPlan(_ model: DashboardModel, _ pool: PoolSnapshot, to page: inout Page) {
        guard let plan = model.inquiry.plan?.pools.first(where: { $0.pool == pool.name }) else {
            if let failure = model.failure(.plan(pool: pool.name)) { page.addFact("plan", CellText(failure, .dim)) }
            return
        }
        guard plan.outcome == .differs else { return }
        page.addFact("changes", CellText(LogText.clean(plan.changed.joined(separator: ", ")), .warn))
        let names = plan.restarts.map { "w\($0.number)" }.joined(separator: " ")
        page.addFact(
            "restarts",
            plan.restarts.isEmpty
                ? CellText("nobody", .ok)
                : CellText("\(Figures.plural(plan.restarts.count, "worker")): \(names)", .warn)
        )
    }

    private static func drawn(_ line: ProfileLine) -> Page.Line {
        switch line.side {
        case .both:
            Page.Line(line.text, x: 3, line.text.hasPrefix("[") ? .key : .normal)
        case .running: Page.Line([(1, CellText("-", .bad)), (3, CellText(line.text, .bad))])
        case .proposed: Page.Line([(1, CellText("+", .ok)), (3, CellText(line.text, .ok))])
        }
    }
}
