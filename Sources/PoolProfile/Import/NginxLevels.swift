import PoolModel

/// The directives of `http`, `server` and `location` that are in force together, the outermost level first.
///
/// Of most directives the innermost wins, one by one. Some are lists, and a level that has one of them inherits none:
/// an `add_header` in a `server` takes every `add_header` of `http` out of force.
struct NginxLevels {
    private(set) var directives: [NginxConf.Directive] = []
    private(set) var notes: [ImportNote] = []

    static let lists: Set = [
        "add_header", "proxy_set_header", "proxy_hide_header", "more_clear_headers", "access_log", "error_page",
        "set_real_ip_from",
    ]

    init(_ levels: [[NginxConf.Directive]]) {
        var innermost: [String: Int] = [:]
        for (depth, level) in levels.enumerated() {
            for directive in level where Self.lists.contains(directive.name.text) {
                innermost[directive.name.text] = depth
            }
        }
        for (depth, level) in levels.enumerated() {
            for directive in level {
                let name = directive.name.text
                if let own = innermost[name], own != depth {
                    notes.append(directive.name.note(.unneeded, "not in force: an inner block has its own \(name)"))
                } else {
                    directives.append(directive)
                }
            }
        }
    }
}
