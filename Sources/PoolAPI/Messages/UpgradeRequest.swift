package import PoolModel

/// `POST /v1/upgrade`.
package struct UpgradeRequest: Hashable, Sendable, Codable {
    package var why = ""
    /// The absolute path of the new poold; nil is the path that the daemon was started from.
    package var program: String?

    package init(why: String = "", program: String? = nil) {
        self.why = why
        self.program = program
    }

    private enum CodingKeys: String, CodingKey { case why, program }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
        program = try container.decodeIfPresent(String.self, forKey: .program)
    }

    /// Refuses what cannot be meant.
    package func validate() throws(PoolError) {
        if why.utf8.count > 1024 { throw PoolError(.invalidArgument, "why is longer than 1024 bytes") }
        if let program, !program.hasPrefix("/") || program.utf8.count > 4096 {
            throw PoolError(.invalidArgument, "program is not an absolute path", remedy: "write /usr/bin/poold")
        }
    }
}
