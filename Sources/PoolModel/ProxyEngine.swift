/// The program that clients' requests go through. A daemon has one for all its pools.
package enum ProxyEngine: String, Hashable, Sendable, Codable, CaseIterable {
    /// Pool's own proxy.
    case builtIn = "built-in"
    /// The real nginx: configured, checked, started, reloaded and observed.
    case nginx
    /// The real HAProxy: the same, and changed through its Runtime API while it runs.
    case haproxy

    /// Its name for people.
    package var title: String {
        switch self {
        case .builtIn: "Pool's proxy"
        case .nginx: "nginx"
        case .haproxy: "HAProxy"
        }
    }

    /// Whether it is a program of somebody else's.
    package var isForeign: Bool { self != .builtIn }
}
