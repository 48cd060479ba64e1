/// What a worker or a pool carried in ten seconds.
package struct HistoryPoint: Hashable, Sendable, Codable {
    /// The end of the ten seconds.
    package var at: Timestamp
    package var requests: UInt64
    /// Errors and 5xx answers.
    package var failures: UInt64
    /// At the end.
    package var inFlight: UInt64
    /// Over the last minute before the end; nil where there was no request.
    package var p99Milliseconds: Double?
    /// The mean share of one core.
    package var cpuPercent: Double
    /// The most.
    package var rssBytes: UInt64

    package init(
        at: Timestamp,
        requests: UInt64,
        failures: UInt64,
        inFlight: UInt64,
        p99Milliseconds: Double?,
        cpuPercent: Double,
        rssBytes: UInt64
    ) {
        self.at = at
        self.requests = requests
        self.failures = failures
        self.inFlight = inFlight
        self.p99Milliseconds = p99Milliseconds
        self.cpuPercent = cpuPercent
        self.rssBytes = rssBytes
    }
}
