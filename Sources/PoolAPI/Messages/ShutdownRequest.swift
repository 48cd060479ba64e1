/// `POST /v1/shutdown`.
package struct ShutdownRequest: Hashable, Sendable, Codable {
    package var why = ""
    /// Do not wait for requests in flight.
    package var force = false

    package init(why: String = "", force: Bool = false) {
        self.why = why
        self.force = force
    }

    private enum CodingKeys: String, CodingKey { case why, force }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
        force = try container.decodeIfPresent(Bool.self, forKey: .force) ?? false
    }
}
