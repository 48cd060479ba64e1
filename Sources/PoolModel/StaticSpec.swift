/// Files that the proxy serves by itself: what is below a prefix of paths, from below a directory.
package struct StaticSpec: Hashable, Sendable, Codable {
    /// Begins and ends with a slash: `/static/`.
    package var prefix: String
    /// A directory. Looked up anew every second, so that it may be a symbolic link that is switched.
    package var root: String
    /// Served for a directory; nil answers 404 there. Directories are never listed.
    package var index: String?
    /// `Cache-Control: max-age`; nil sends none.
    package var maxAge: Duration?
    /// Whether `name.br` and `name.gz` are sent in place of `name` to clients that take them.
    package var precompressed = false
    /// Whether symbolic links that stay below the root are followed. Those that lead out never are.
    package var followsLinks = true

    package init(prefix: String, root: String) {
        self.prefix = prefix
        self.root = root
    }
}
