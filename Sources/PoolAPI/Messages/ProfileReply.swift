package import PoolModel

/// `GET /v1/pools/{pool}/profile`: what runs, and what the profile's file says now.
///
/// Values of environment variables are hidden in both texts: they are where people keep secrets.
package struct ProfileReply: Hashable, Sendable, Codable {
    package var pool: String
    package var generation: Generation
    /// Where the profile is read.
    package var path: String
    /// The profile that runs, every key of it, as TOML.
    package var running: String
    /// The file as it is now, in the same form; nil where it has errors.
    package var proposed: String?
    /// What is wrong with the file.
    package var issues: [ProfileIssueRecord]
    /// What stands in the place of an environment variable's value.
    package static let hidden = "(hidden)"

    package init(
        pool: String,
        generation: Generation,
        path: String,
        running: String,
        proposed: String?,
        issues: [ProfileIssueRecord]
    ) {
        self.pool = pool
        self.generation = generation
        self.path = path
        self.running = running
        self.proposed = proposed
        self.issues = issues
    }
}
