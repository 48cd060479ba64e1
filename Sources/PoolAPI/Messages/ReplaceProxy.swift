package import PoolModel

/// `POST /v1/proxy/replace`.
package struct ReplaceProxyRequest: Hashable, Sendable, Codable {
    package var why = ""
    /// So many loops from now on; nil is as many as before.
    package var loops: Int?
    /// How long the proxy before may take to finish its requests, in seconds; nil is five minutes.
    package var drainSeconds: Double?

    package init(why: String = "", loops: Int? = nil, drainSeconds: Double? = nil) {
        self.why = why
        self.loops = loops
        self.drainSeconds = drainSeconds
    }

    private enum CodingKeys: String, CodingKey { case why, loops, drainSeconds }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
        loops = try container.decodeIfPresent(Int.self, forKey: .loops)
        drainSeconds = try container.decodeIfPresent(Double.self, forKey: .drainSeconds)
    }

    /// Refuses what cannot be meant.
    package func validate() throws(PoolError) {
        if why.utf8.count > 1024 { throw PoolError(.invalidArgument, "why is longer than 1024 bytes") }
        if let drainSeconds, !(drainSeconds >= 0 && drainSeconds <= 86_400) {
            throw PoolError(.invalidArgument, "drainSeconds \(drainSeconds) is not in 0...86400")
        }
    }
}

/// What a replacement of the proxy came to: the new one serves.
package struct ReplaceProxyReply: Hashable, Sendable, Codable {
    /// The new process.
    package var pid: Int?
    package var loops: Int
    /// Proxies that take no new connections and finish what they have.
    package var draining: Int

    package init(pid: Int?, loops: Int, draining: Int) {
        self.pid = pid
        self.loops = loops
        self.draining = draining
    }
}
