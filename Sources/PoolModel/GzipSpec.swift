/// Which answers of the workers are compressed on their way to clients that ask for it.
package struct GzipSpec: Hashable, Sendable, Codable {
    /// Media types without parameters: `text/html`, `text/*`.
    package var types = GzipSpec.usualTypes
    /// Bodies that are announced to be smaller are left as they are.
    package var bytesMin = 1024
    /// 1...9: zlib's levels.
    package var level = 4

    package static let usualTypes = [
        "text/html", "text/css", "text/plain", "text/xml", "text/javascript", "text/csv", "text/markdown",
        "application/javascript", "application/json", "application/ld+json", "application/problem+json",
        "application/xml", "application/atom+xml", "application/rss+xml", "application/manifest+json", "image/svg+xml",
    ]

    package init() {}
}
