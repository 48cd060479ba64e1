package import PoolModel

/// `POST /v1/check`: a profile's text.
package struct CheckRequest: Hashable, Sendable, Codable {
    package var text: String
    /// The file that it came from: for the issues, and as the base of relative paths.
    package var path: String?

    package init(text: String, path: String? = nil) {
        self.text = text
        self.path = path
    }
}

/// One thing that is wrong with a profile, or looks wrong.
package struct ProfileIssueRecord: Hashable, Sendable, Codable {
    package enum Severity: String, Hashable, Sendable, Codable, CaseIterable {
        case warning, error
    }

    package var severity: Severity
    package var path: String?
    /// From 1; nil where it is about the file as a whole.
    package var line: Int?
    package var column: Int?
    /// The dotted path: `worker.command`.
    package var key: String?
    package var message: String
    package var suggestion: String?

    package init(
        severity: Severity,
        path: String? = nil,
        line: Int? = nil,
        column: Int? = nil,
        key: String? = nil,
        message: String,
        suggestion: String? = nil
    ) {
        self.severity = severity
        self.path = path
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.suggestion = suggestion
    }
}

/// What there is to say of a profile.
package struct CheckReply: Hashable, Sendable, Codable {
    /// Whether it can be run: it has no errors.
    package var valid: Bool
    /// The pool's name; nil where that could not be read.
    package var pool: String?
    package var issues: [ProfileIssueRecord]

    package init(pool: String?, issues: [ProfileIssueRecord]) {
        valid = !issues.contains { $0.severity == .error }
        self.pool = pool
        self.issues = issues
    }
}

/// `POST /v1/reload`.
package struct ReloadRequest: Hashable, Sendable, Codable {
    /// Only this pool's profile; nil is all.
    package var pool: String?
    package var why = ""
    /// Say what would change, and change nothing.
    package var dryRun = false

    package init(pool: String? = nil, why: String = "", dryRun: Bool = false) {
        self.pool = pool
        self.why = why
        self.dryRun = dryRun
    }

    private enum CodingKeys: String, CodingKey { case pool, why, dryRun }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pool = try container.decodeIfPresent(String.self, forKey: .pool)
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
    }
}

/// The outcome of a reload, pool by pool.
package struct ReloadReply: Hashable, Sendable, Codable {
    package var pools: [PoolReload]
    /// The daemon's own configuration; nil where there is none, or one pool alone was meant.
    package var daemon: ConfigurationReload?

    package init(pools: [PoolReload], daemon: ConfigurationReload? = nil) {
        self.pools = pools
        self.daemon = daemon
    }

    /// Whether anything of it was refused.
    package var isRefused: Bool { daemon?.outcome == .refused || pools.contains { $0.outcome == .refused } }
}

/// What became of `poold.toml`.
package struct ConfigurationReload: Hashable, Sendable, Codable {
    package var path: String
    package var outcome: PoolReload.Outcome
    /// What is wrong with it: `poold.toml:3:1: …`. Then what ran before goes on.
    package var problems: [String]

    package init(path: String, outcome: PoolReload.Outcome, problems: [String] = []) {
        self.path = path
        self.outcome = outcome
        self.problems = problems
    }
}

package struct PoolReload: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case unchanged, applied, refused
        /// The profile is new: its pool is (or would be) started. It is gone: its pool is (or would be) stopped, drained.
        case added, removed
        /// A dry run found changes.
        case differs
    }

    package var pool: String
    package var path: String
    package var outcome: Outcome
    /// The generation that runs once the reload, and its operation, are through; where nothing was applied, the one
    /// that runs.
    package var generation: Generation
    /// The settings that changed, by dotted path: `worker.command`.
    package var changed: [String]
    /// Workers that are (or would be) restarted for it.
    package var restarts: [WorkerID]
    package var issues: [ProfileIssueRecord]
    /// The operation that restarts them.
    package var operation: OperationID?

    package init(
        pool: String,
        path: String,
        outcome: Outcome,
        generation: Generation,
        changed: [String] = [],
        restarts: [WorkerID] = [],
        issues: [ProfileIssueRecord] = [],
        operation: OperationID? = nil
    ) {
        self.pool = pool
        self.path = path
        self.outcome = outcome
        self.generation = generation
        self.changed = changed
        self.restarts = restarts
        self.issues = issues
        self.operation = operation
    }
}
