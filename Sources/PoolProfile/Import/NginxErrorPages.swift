import PoolModel

/// `error_page 502 503 504 /50x.html;` with the directory that the page comes from.
struct NginxErrorPages {
    private(set) var pages: [ErrorPageSpec] = []
    private(set) var notes: [ImportNote] = []
    /// Locations that do nothing but serve such a page.
    private(set) var understood: Set<ImportToken> = []

    /// - Parameters:
    ///   - settings: what is in force in the server; of several pages for one status nginx takes the first.
    ///   - locations: the server's.
    init(_ settings: [NginxConf.Directive], locations: [NginxConf.Directive]) {
        let root = settings.last { $0.name.text == "root" }
        for directive in settings where directive.name.text == "error_page" {
            take(directive, root: root, locations)
        }
    }

    private mutating func take(
        _ directive: NginxConf.Directive,
        root: NginxConf.Directive?,
        _ locations: [NginxConf.Directive]
    ) {
        let words = directive.arguments.map(\.text)
        let statuses = words.dropLast().compactMap { Int($0) }.filter { (400...599).contains($0) }
        guard let page = words.last, page.hasPrefix("/"), !page.contains("$"), !statuses.isEmpty,
            statuses.count == words.count - 1
        else {
            notes.append(directive.name.note(.lost, "an error page is statuses from 400 to 599 and a file"))
            return
        }
        let location = locations.first {
            $0.arguments.last?.text == page && ($0.argument(0) == "=" || $0.argument(0) == page)
        }
        let own = location?.block?.first { $0.name.text == "root" }
        guard let directory = (own ?? root)?.argument(0), directory.hasPrefix("/"), !directory.contains("$") else {
            notes.append(directive.name.note(.lost, "no absolute root says where \(page) is"))
            return
        }
        if let location, (location.block ?? []).allSatisfy({ ["root", "internal"].contains($0.name.text) }) {
            understood.insert(location.name)
        }
        let known = Set(pages.flatMap(\.statuses))
        let fresh = statuses.filter { !known.contains($0) }
        if fresh.count < statuses.count {
            let twice = statuses.filter(known.contains).map(String.init).joined(separator: " ")
            notes.append(directive.name.note(.unneeded, "\(twice) has a page already, which nginx takes too"))
        }
        if !fresh.isEmpty { pages.append(ErrorPageSpec(statuses: fresh, file: directory + page)) }
    }

    /// The pages with those of another server of the same pool, which has one page for a status: the first.
    mutating func joined(to others: [ErrorPageSpec], _ server: NginxConf.Directive) -> [ErrorPageSpec] {
        var joined = others
        for page in pages where !others.contains(page) {
            let known = Set(joined.flatMap(\.statuses))
            let fresh = page.statuses.filter { !known.contains($0) }
            if fresh.count < page.statuses.count {
                let left = page.statuses.filter(known.contains).map(String.init).joined(separator: " ")
                notes.append(server.name.note(.lost, "another server of the pool has its page for \(left)"))
            }
            if !fresh.isEmpty { joined.append(ErrorPageSpec(statuses: fresh, file: page.file)) }
        }
        return joined
    }
}
