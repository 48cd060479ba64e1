/// The program that clients' requests go through. A daemon has one for all its pools.
package enum ProxyEngine: String, Hashable, Sendable, Codable, CaseIterable {
    /// Pool's own proxy.
    case builtIn = "built-in"
    /// The real nginx: configured, checked, started, reloaded and observed.
    case nginx
}
