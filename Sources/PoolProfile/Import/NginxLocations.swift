import PoolModel

/// Which pools the locations of one `server` pass requests to, and for which paths.
struct NginxLocations {
    struct Route {
        /// Its index among the drafts.
        var pool: Int
        /// Whose directives hold.
        var location: NginxConf.Directive
        /// Empty is every path.
        var paths: [String]
    }

    /// The main one first: that of `location /`.
    private(set) var routes: [Route] = []
    private(set) var notes: [ImportNote] = []
    /// The locations that pass requests on, or of which it has been said why not.
    private(set) var understood: Set<ImportToken> = []

    init(_ locations: [NginxConf.Directive], _ pools: inout NginxPools) {
        let passing = locations.filter { NginxLocations.pass(of: $0) != nil }
        guard let main = NginxLocations.main(passing), let pass = NginxLocations.pass(of: main),
            let pool = pools.pool(of: pass, prefix: main.arguments.last?.text ?? "/")
        else { return }
        understood.insert(main.name)
        let isWhole = main.argument(0) == "/" || main.argument(0).hasPrefix("@")
        let path = NginxLocations.path(of: main)
        if !isWhole, path == nil {
            let words = main.arguments.map(\.text).joined(separator: " ")
            notes.append(main.name.note(.changed, "\(words): every path goes to the pool"))
        }
        let paths = isWhole ? [] : [path].compactMap { $0 }
        if let trouble = NginxLocations.trouble(pools, pool, paths) {
            notes.append(main.name.note(.lost, trouble))
            return
        }
        routes.append(Route(pool: pool, location: main, paths: paths))
        for location in passing where location != main { add(location, &pools) }
    }

    private mutating func add(_ location: NginxConf.Directive, _ pools: inout NginxPools) {
        understood.insert(location.name)
        guard let pass = NginxLocations.pass(of: location) else { return }
        let words = location.arguments.map(\.text).joined(separator: " ")
        let pool = pools.pool(of: pass, prefix: location.arguments.last?.text ?? "/")
        let known = routes.firstIndex { $0.pool == pool }
        var lost: String?
        if pool == nil {
            lost = "\(words): nobody serves it"
        } else if known == 0, routes[0].paths.isEmpty {
            notes.append(location.name.note(.changed, "\(words) goes to the pool with the settings of all other paths"))
        } else if let pool, let path = NginxLocations.path(of: location) {
            if let known {
                let isBelow = routes[known].paths.contains { path == $0 || path.hasPrefix($0 + "/") }
                if !isBelow { routes[known].paths.append(path) }
                notes.append(
                    location.name.note(.changed, "\(words) goes to the pool with the settings of its first path")
                )
            } else if let trouble = NginxLocations.trouble(pools, pool, [path]) {
                lost = "\(words): \(trouble)"
            } else {
                routes.append(Route(pool: pool, location: location, paths: [path]))
                return
            }
        } else {
            lost = "\(words): a pool is chosen by the beginning of a path"
        }
        if let lost { notes.append(location.name.note(.lost, lost)) }
        for directive in location.block ?? [] where directive != pass || lost != nil {
            notes.append(directive.name.note(.lost, NginxDirectives.lostReason(directive.name.text)))
        }
    }

    /// A pool is reached by the same paths in all of its servers.
    private static func trouble(_ pools: NginxPools, _ pool: Int, _ paths: [String]) -> String? {
        let spec = pools.drafts[pool].spec
        guard pools.served.contains(pool), spec.front.paths != paths else { return nil }
        return "the pool \(spec.name) is reached by other paths in another server"
    }

    private static func pass(of location: NginxConf.Directive) -> NginxConf.Directive? {
        location.block?.last { $0.name.text == "proxy_pass" }
    }

    /// `location /` where it proxies, else the first that does.
    private static func main(_ passing: [NginxConf.Directive]) -> NginxConf.Directive? {
        passing.first { $0.argument(0) == "/" } ?? passing.first { $0.argument(0).hasPrefix("@") } ?? passing.first
    }

    /// `/api` of `location /api` and `location ^~ /api/`; nil for patterns and single paths.
    private static func path(of location: NginxConf.Directive) -> String? {
        var words = location.arguments.map(\.text)
        if words.first == "^~" { words.removeFirst() }
        guard words.count == 1, var path = words.first, path.hasPrefix("/"), path.count > 1,
            ProfileCodec<String>.isPlainPath(path)
        else { return nil }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path.count > 1 ? path : nil
    }
}

extension ProfileCodec<String> {
    /// Whether the text is a path of requests that needs no decoding to be compared.
    static func isPlainPath(_ path: String) -> Bool {
        path.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"#?%\"\\".utf8.contains($0) }
    }
}
