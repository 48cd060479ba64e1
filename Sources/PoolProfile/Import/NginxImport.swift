import PoolModel

/// Gives pools their fronts by nginx's `server` blocks.
struct NginxImport {
    /// The pools, those that came in and those that only nginx knows of.
    var drafts: [ImportDraft] { pools.drafts }
    private(set) var notes: [ImportNote] = []

    var pools: NginxPools
    private var servers: [(directive: NginxConf.Directive, outer: [NginxConf.Directive])] = []
    /// Directives outside servers, and those of them that a server with a pool has taken.
    private var shared: [NginxConf.Directive] = []
    private var taken: Set<ImportToken> = []
    /// Servers that send their clients to https: they belong to the pools that answer there.
    private var redirects: [NginxRedirect] = []
    /// The pools of the servers in their order, and those that a `default_server` names.
    private var order: [Int] = []
    private var defaults: Set<Int> = []
    /// The first file's.
    private let directory: String

    init(
        _ sources: [ImportSource],
        drafts: [ImportDraft],
        environment: ImportEnvironment,
        include: @escaping ImportInclude
    ) {
        pools = NginxPools(drafts)
        directory = sources.first.map { environment.named($0.directory) } ?? ""
        var reader = NginxReader(include: include)
        for source in sources { gather(reader.directives(of: source), outer: []) }
        notes = reader.notes
        for (directive, outer) in servers { serve(directive, outer) }
        for redirect in redirects { serve(redirect) }
        settleDefaults()
        for directive in shared where !taken.contains(directive.name) { report(directive) }
        notes += pools.notes + pools.upstreamNotes
        var seen: Set<ImportNote> = []
        notes = notes.filter { seen.insert($0).inserted }
        notes.sort { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
    }

    mutating func note(_ token: ImportToken, _ kind: ImportNote.Kind, _ reason: String) {
        notes.append(token.note(kind, reason))
    }

    // MARK: - Outside servers

    /// Sorts the directives outside servers: what applies to all of them, the upstreams, the servers.
    private mutating func gather(_ directives: [NginxConf.Directive], outer: [NginxConf.Directive]) {
        var settings = outer
        for directive in directives where !["http", "server", "upstream"].contains(directive.name.text) {
            settings.append(directive)
        }
        for directive in directives {
            switch directive.name.text {
            case "http": gather(directive.block ?? [], outer: settings)
            case "upstream": pools.add(upstream: directive)
            case "server": servers.append((directive, settings))
            default: shared.append(directive)
            }
        }
    }

    /// Says what became of a directive outside servers that no server with a pool has taken.
    private mutating func report(_ directive: NginxConf.Directive) {
        var front = NginxFront()
        front.take(directive)
        notes += front.notes.isEmpty ? [directive.name.note(.lost, "it applies to no pool")] : front.notes
    }

    // MARK: - Servers

    private mutating func serve(_ server: NginxConf.Directive, _ outer: [NginxConf.Directive]) {
        let block = server.block ?? []
        let redirect = NginxRedirect(server)
        if let redirect {
            redirects.append(redirect)
            if redirect.isWhole { return }
        }
        let locations = block.filter { $0.name.text == "location" }
        let map = NginxLocations(locations, &pools)
        notes += map.notes
        guard !map.routes.isEmpty else { return withoutPool(server, block) }
        let own = block.filter {
            !["location", "listen", "server_name"].contains($0.name.text)
                && redirect?.understood.contains($0.name) != true
        }
        let settings = outer + own
        taken.formUnion(settings.map(\.name))
        let names = NginxNames(server: block)
        let serverWide = NginxLevels([outer, own])
        var pages = NginxErrorPages(serverWide.directives, locations: locations)
        var tls = NginxTLS(server: block, outer: outer, directory: directory)
        let listens = block.filter { $0.name.text == "listen" && redirect?.listens.contains($0) != true }
        for (place, route) in map.routes.enumerated() {
            let isServed = pools.served.contains(route.pool)
            var front = NginxFront(drafts[route.pool].spec.front)
            if isServed {
                front.front.serverNames = NginxNames.union(front.front.serverNames, names.names)
            } else {
                front.front.serverNames = names.names
                front.front.paths = route.paths
            }
            let wide = [outer, own].map { level in
                level.filter { !NginxTLS.isAbout($0.name.text) && $0.name.text != "error_page" }
            }
            let levels = NginxLevels(wide + [(route.location.block ?? []).filter { $0.name.text != "proxy_pass" }])
            notes += levels.notes
            for directive in levels.directives { front.take(directive) }
            if settings.last(where: { $0.name.text == "http2" })?.argument(0) == "off" { front.front.http2 = false }
            front.front.errorPages = pages.joined(to: front.front.errorPages, server)
            for directive in listens { listen(directive, &tls, route.pool, &front.front) }
            if listens.isEmpty { add(FrontListener(Self.everywhere), server.name, route.pool, &front.front) }
            if place == 0 { serveFiles(locations, map, pages, &front.front) }
            notes += front.notes
            pools.serve(route.pool, front.front)
            order.append(route.pool)
        }
        if listens.contains(where: { !$0.arguments.allSatisfy { !["default_server", "default"].contains($0.text) } }) {
            defaults.insert(map.routes[0].pool)
        }
        notes += names.notes + pages.notes + serverWide.notes
        if tls.isOn || listens.contains(where: { $0.arguments.contains { $0.text == "ssl" } }) {
            notes += tls.notes
        } else {
            for directive in settings where NginxTLS.isAbout(directive.name.text) {
                note(directive.name, .unneeded, "no listen of the server speaks TLS")
            }
        }
    }

    static let everywhere = Address.tcp(host: "0.0.0.0", port: 80)

    /// The locations that pass nothing on: files, error pages, and what has no counterpart.
    private mutating func serveFiles(
        _ locations: [NginxConf.Directive],
        _ map: NginxLocations,
        _ pages: NginxErrorPages,
        _ front: inout FrontSpec
    ) {
        for location in locations where !map.understood.contains(location.name) {
            if pages.understood.contains(location.name) { continue }
            if let files = NginxFiles(location) {
                front.statics.removeAll { $0.prefix == files.spec.prefix }
                front.statics.append(files.spec)
                notes += files.notes
            } else {
                let path = location.arguments.map(\.text).joined(separator: " ")
                note(location.name, .lost, "\(path): every path goes to the pool")
                for directive in location.block ?? [] {
                    note(directive.name, .lost, NginxDirectives.lostReason(directive.name.text))
                }
            }
        }
    }

    private mutating func withoutPool(_ server: NginxConf.Directive, _ block: [NginxConf.Directive]) {
        let rule = block.first { $0.name.text == "return" }
        let reason =
            rule.map { "redirects go to https only: return \($0.arguments.map(\.text).joined(separator: " "))" }
            ?? "no location of it passes requests to a pool"
        note(server.name, .lost, reason)
        for directive in block where directive != rule { note(directive.name, .lost, "its server has no pool") }
    }

    /// Gives a redirect to the pools that answer at its target: those with one of its names; where there is none, to
    /// all of them if it is for every host, else to the first.
    private mutating func serve(_ redirect: NginxRedirect) {
        let targets = drafts.indices.filter { index in
            drafts[index].spec.front.listeners.contains { listener in
                if case .tcp(_, let port) = listener.address {
                    listener.tls != nil && port == redirect.target.port
                } else {
                    false
                }
            }
        }
        let block = redirect.server.block ?? []
        guard let first = targets.first else {
            note(redirect.server.name, .lost, "no pool of these files speaks https on port \(redirect.target.port)")
            for directive in block { note(directive.name, .lost, "its server has no pool") }
            return
        }
        let names = NginxNames(server: block).names
        let named = targets.filter { !Set(drafts[$0].spec.front.serverNames).isDisjoint(with: names) }
        notes += redirect.notes
        for directive in block where redirect.isWhole && !redirect.understood.contains(directive.name) {
            note(directive.name, .lost, "a server that redirects does nothing else")
        }
        for index in !named.isEmpty ? named : names.isEmpty ? targets : [first] {
            var front = drafts[index].spec.front
            for directive in redirect.listens {
                guard let address = address(directive) else { continue }
                add(FrontListener(address, redirect: redirect.target), directive.name, index, &front)
            }
            if redirect.listens.isEmpty, redirect.isWhole {
                let listener = FrontListener(Self.everywhere, redirect: redirect.target)
                add(listener, redirect.server.name, index, &front)
            }
            pools.serve(index, front)
        }
    }

    /// At a shared address nginx gives what is nobody's to `default_server`, or to the first server.
    private mutating func settleDefaults() {
        for index in order.filter(defaults.contains) + order {
            let rivals = drafts.indices.filter { other in
                other != index
                    && drafts[other].spec.front.listen.contains { address in
                        drafts[index].spec.front.listen.contains(address)
                    }
            }
            if !rivals.isEmpty, !rivals.contains(where: { drafts[$0].spec.front.isDefaultServer }) {
                pools.drafts[index].spec.front.isDefaultServer = true
            }
        }
    }
}
