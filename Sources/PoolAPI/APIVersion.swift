/// The versions that clients compare before they trust an answer.
package enum APIVersion {
    /// The product's version, of all three programs.
    package static let product = "0.1.0"
    /// The interface's version: the `/v1` of every path. A field or a route may be added without a new one.
    package static let current = 1
    package static let prefix = "/v1"
    /// The header of every answer that names the daemon's version; in lower case.
    package static let header = "pool-version"
}
