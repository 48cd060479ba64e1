internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Where clients connect, the certificates that they are shown, and what the proxies count that belongs to no worker.
enum FrontsView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        page(model).draw(from: model.pageTop, in: rect, on: &screen, glyphs: model.glyphs)
    }

    static func page(_ model: DashboardModel) -> Page {
        var page = Page()
        guard let pool = model.pool else { return page }
        guard let front = model.inquiry.front, front.pool == pool.name else {
            let failure = model.failure(.front(pool: pool.name))
            page.add(failure ?? "Asking the daemon for the fronts of \(pool.name).", failure == nil ? .dim : .warn)
            return page
        }
        if let gate = pool.gate {
            let why = gate.why.isEmpty ? "" : ": \(LogText.clean(gate.why))"
            let text = "\(model.glyphs.warning) \(gate.words(now: model.now)), by \(LogText.clean(gate.actor))\(why)"
            page.add(text, gate.isOver ? .bad : .warn)
            page.addGap()
        }
        addListeners(front, to: &page)
        if !front.certificates.isEmpty {
            page.addGap()
            addCertificates(front, model, to: &page)
        }
        page.addGap()
        addProxy(front.proxy, to: &page)
        return page.reflowed(width: model.size.columns)
    }

    private static func addListeners(_ front: FrontReply, to page: inout Page) {
        page.addTitle([(1, "ADDRESS"), (26, "SPEAKS"), (36, "TLS"), (42, "CERTIFICATES")])
        if front.listeners.isEmpty {
            page.add("No address: the workers are reached by their own sockets.", .dim)
        }
        for listener in front.listeners {
            let files = listener.certificates.map { LogText.clean($0) }.joined(separator: " ")
            page.add([
                (1, CellText(listener.address.description, .key)),
                (26, CellText(listener.speaks, listener.speaks == "https" ? .ok : .normal)),
                (36, CellText(listener.versionMin.map { "\($0)+" } ?? "-", .dim)),
                (42, CellText(files.isEmpty ? listener.speaks == "redirect" ? "to https" : "-" : files, .dim)),
            ])
        }
    }

    private static func addCertificates(_ front: FrontReply, _ model: DashboardModel, to page: inout Page) {
        page.addTitle([(1, "CERTIFICATE"), (42, "ENDS")])
        for certificate in front.certificates {
            let end = end(certificate, model)
            page.add([
                (1, CellText(end.glyph, end.text.role)), (3, CellText(LogText.clean(certificate.certificate), .key)),
                (42, end.text),
            ])
            for (name, value) in [
                ("for", certificate.names), ("subject", certificate.subject), ("issuer", certificate.issuer),
            ] {
                guard let value, !value.isEmpty else { continue }
                page.addFact(name, CellText(LogText.clean(value), .dim), x: 3)
            }
            if let failure = certificate.failure {
                page.addFact("now", CellText(LogText.clean(failure), .bad), x: 3)
            }
        }
    }

    /// When a certificate ends: a glyph, words, and a role from 21 days before.
    private static func end(_ certificate: CertificateReport, _ model: DashboardModel) -> (
        glyph: String, text: CellText
    ) {
        guard let until = certificate.validUntil else {
            return (model.glyphs.failed, CellText("none that is good: connections are refused", .bad))
        }
        let left = until.seconds - model.now.seconds
        let day = until.description.prefix(10)
        if left <= 0 { return (model.glyphs.failed, CellText("EXPIRED since \(day)", .bad)) }
        let text = "in \(Figures.age(left))   \(day)"
        if certificate.failure != nil { return (model.glyphs.warning, CellText(text, .warn)) }
        return left < 21 * 86_400
            ? (model.glyphs.warning, CellText(text, left < 3 * 86_400 ? .bad : .warn))
            : (model.glyphs.good, CellText(text, .ok))
    }

    private static func addProxy(_ stats: ProxyStats, to page: inout Page) {
        page.addTitle([(1, "PROXY, ALL POOLS")])
        for fact in stats.facts(bytes: Figures.bytes) {
            page.addFact(fact.name, CellText(fact.text, fact.isNotable ? .warn : .normal))
        }
    }
}
