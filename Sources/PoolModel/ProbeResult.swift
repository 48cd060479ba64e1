/// What one probe found, in the manner of HAProxy's check status: how far it came, and what stopped it.
package struct ProbeResult: Hashable, Sendable, Codable {
    /// The phase in which the probe ended; `.done` is a good answer.
    package enum Phase: String, Hashable, Sendable, Codable, CaseIterable {
        /// The worker could not be connected to.
        case connect
        /// The request could not be sent.
        case write
        /// No valid response head came.
        case header
        /// The status is not one of the good ones.
        case status
        /// Nothing, or not all of it, came in time.
        case timeout
        /// The proxy itself could not be reached: says nothing about the worker.
        case proxy
        case done
    }

    package var phase: Phase
    /// The response status, where one came.
    package var status: Int?
    /// What happened, for people: `connection refused`, `HTTP 503: "db pool exhausted"`.
    package var detail: String
    /// From the start of the probe to its end.
    package var elapsed: Duration
    package var at: Timestamp

    package var isGood: Bool { phase == .done }

    package init(phase: Phase, status: Int? = nil, detail: String, elapsed: Duration, at: Timestamp) {
        self.phase = phase
        self.status = status
        self.detail = detail
        self.elapsed = elapsed
        self.at = at
    }
}

extension ProbeResult {
    private enum CodingKeys: String, CodingKey {
        case phase, status, detail, elapsedSeconds, at
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            phase: try container.decode(Phase.self, forKey: .phase),
            status: try container.decodeIfPresent(Int.self, forKey: .status),
            detail: try container.decode(String.self, forKey: .detail),
            elapsed: .seconds(try container.decode(Double.self, forKey: .elapsedSeconds)),
            at: try container.decode(Timestamp.self, forKey: .at)
        )
    }

    /// In JSON the elapsed time is in seconds, with the unit in its name.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(phase, forKey: .phase)
        try container.encodeIfPresent(status, forKey: .status)
        try container.encode(detail, forKey: .detail)
        try container.encode(elapsed.inSeconds, forKey: .elapsedSeconds)
        try container.encode(at, forKey: .at)
    }
}
