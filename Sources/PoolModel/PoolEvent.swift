/// Something that happened to a pool, for the event list, the streams and the audit log.
package struct PoolEvent: Hashable, Sendable, Codable {
    /// What it is about: the first part of the code that filters use.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A worker's process state changed.
        case state
        /// A worker's health changed.
        case health
        /// A worker's administrative state or weight changed.
        case admin
        /// A process ended.
        case exit
        /// An operation began, advanced or ended.
        case operation
        /// A profile was applied or refused.
        case profile
        /// The proxy was started, replaced or lost.
        case proxy
        /// The daemon itself.
        case daemon
        /// Logs: rotated, suppressed, disk full.
        case log
    }

    package enum Severity: String, Hashable, Sendable, Codable, CaseIterable {
        case info, notice, warning, error
    }

    /// One more for each event of the daemon; survives its restarts, never used twice.
    package var sequence: UInt64
    package var at: Timestamp
    package var kind: Kind
    package var severity: Severity
    package var pool: String?
    package var worker: WorkerID?
    /// One line for people.
    package var message: String
    /// Who asked for it: `alice (uid 1000)`; nil where nobody did.
    package var actor: String?
    package var operation: OperationID?

    package init(
        sequence: UInt64 = 0,
        at: Timestamp,
        kind: Kind,
        severity: Severity = .info,
        pool: String? = nil,
        worker: WorkerID? = nil,
        message: String,
        actor: String? = nil,
        operation: OperationID? = nil
    ) {
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.severity = severity
        self.pool = pool
        self.worker = worker
        self.message = message
        self.actor = actor
        self.operation = operation
    }
}
