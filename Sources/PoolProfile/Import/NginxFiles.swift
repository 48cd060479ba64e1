import PoolModel

/// A location that serves files: `location /static { root /srv/app; }`.
struct NginxFiles {
    let spec: StaticSpec
    private(set) var notes: [ImportNote] = []

    private static let unneeded: Set = ["autoindex", "log_not_found", "open_file_cache"]

    /// nil where the location does something else, or where a directory cannot be told from its text.
    init?(_ location: NginxConf.Directive) {
        var words = location.arguments.map(\.text)
        if words.first == "^~" { words.removeFirst() }
        let block = location.block ?? []
        let directories = block.filter { ["root", "alias"].contains($0.name.text) }
        guard words.count == 1, let prefix = words.first, prefix.hasPrefix("/"), prefix != "/",
            ProfileCodec<String>.isPlainPath(prefix), let directory = directories.last,
            directory.argument(0).hasPrefix("/"),
            !directory.argument(0).contains("$"), !block.contains(where: { $0.name.text.hasSuffix("_pass") })
        else { return nil }
        let closed = prefix.hasSuffix("/") ? prefix : prefix + "/"
        var path = directory.argument(0)
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        // Other than alias, root is followed by the whole path of the request.
        let isRoot = directory.name.text == "root"
        var spec = StaticSpec(prefix: closed, root: isRoot ? path + closed.dropLast() : path)
        if isRoot {
            notes.append(
                directory.name.note(.changed, "files come from \(spec.root), as nginx adds the location's path")
            )
        }
        for directive in block where directive.name != directory.name {
            if directive.name.text == "gzip_static", directive.argument(0) == "on" {
                spec.precompressed = true
            } else if directive.name.text == "index", !directive.argument(0).isEmpty {
                spec.index = directive.argument(0)
            } else if directive.name.text == "expires", let age = NginxTime.duration(directive.argument(0)) {
                spec.maxAge = age
            } else if directive.name.text == "try_files", directive.argument(0) == "$uri",
                directive.argument(1) == "=404"
            {
                notes.append(directive.name.note(.unneeded, "what is no file is 404"))
            } else if NginxFiles.unneeded.contains(directive.name.text), directive.argument(0) == "off" {
                notes.append(directive.name.note(.unneeded, "nothing of the kind is done"))
            } else {
                notes.append(directive.name.note(.lost, "[[front.static]] has no counterpart"))
            }
        }
        self.spec = spec
    }
}
