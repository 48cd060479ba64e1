/// A front that does not let requests through now, at an operator's word. Without one the front is open.
///
/// Requests that are under way go on; probes, files, redirects and proofs for certificates are let through.
package struct FrontGate: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Requests wait, bounded by the front's queue and by ``FrontGate/until``.
        case hold
        /// Requests are answered 503, with the maintenance page where there is one.
        case maintenance
    }

    /// What becomes of requests once ``FrontGate/until`` has passed.
    package enum Afterwards: String, Hashable, Sendable, Codable, CaseIterable {
        /// They go to the workers: the front is open again.
        case serve
        /// They get 503 with `Retry-After`, until somebody opens the front.
        case refuse
    }

    package var kind: Kind
    /// nil only for maintenance without an end.
    package var until: Timestamp?
    package var afterwards: Afterwards
    /// `Retry-After` of the refusals, in seconds.
    package var retryAfter: Int
    package var since: Timestamp
    package var actor: String
    package var why: String
    /// ``until`` has passed, and requests are refused.
    package var isOver = false

    /// How long a hold may be: clients give up long before.
    package static let holdMax = Duration.seconds(600)
    package static let retryAfterMax = 86_400

    package init(
        kind: Kind,
        until: Timestamp?,
        afterwards: Afterwards,
        retryAfter: Int,
        since: Timestamp,
        actor: String = "",
        why: String = ""
    ) {
        self.kind = kind
        self.until = until
        self.afterwards = afterwards
        self.retryAfter = retryAfter
        self.since = since
        self.actor = actor
        self.why = why
    }
}
