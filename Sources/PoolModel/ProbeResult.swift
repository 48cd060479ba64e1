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
