/// A pool at an instant, as the control socket shows it.
package struct PoolSnapshot: Hashable, Sendable, Codable {
    package var name: String
    package var generation: Generation
    /// The last sequence number of the events that this snapshot includes: a stream goes on after it.
    package var sequence: UInt64
    package var at: Timestamp
    package var listen: [Address]
    package var workers: [WorkerSnapshot]
    package var stats: TrafficStats
    /// Why the last reload was refused; nil where the running generation is the profile's.
    package var profileError: String?
    package var profilePath: String?
    /// Panic mode: why bad workers are used, because there is nothing better; nil where it is not so now.
    package var panic: String?
    /// Why requests do not reach the workers, at an operator's word; nil where the front is open.
    package var gate: FrontGate?

    package init(
        name: String,
        generation: Generation,
        sequence: UInt64,
        at: Timestamp,
        listen: [Address],
        workers: [WorkerSnapshot],
        stats: TrafficStats,
        profileError: String? = nil,
        profilePath: String? = nil,
        panic: String? = nil,
        gate: FrontGate? = nil
    ) {
        self.name = name
        self.generation = generation
        self.sequence = sequence
        self.at = at
        self.listen = listen
        self.workers = workers
        self.stats = stats
        self.profileError = profileError
        self.profilePath = profilePath
        self.panic = panic
        self.gate = gate
    }
}

/// A worker at an instant: what is decided about it, what it carries and what it uses.
package struct WorkerSnapshot: Hashable, Sendable, Codable {
    package var name: String
    package var status: WorkerStatus
    package var traffic: TrafficStats
    /// nil where there is no process, or it has not been sampled yet.
    package var resources: ResourceStats?

    package init(name: String, status: WorkerStatus, traffic: TrafficStats, resources: ResourceStats?) {
        self.name = name
        self.status = status
        self.traffic = traffic
        self.resources = resources
    }
}

/// Requests of a worker or a pool: totals since the statistics segment was made, and figures of the last seconds.
package struct TrafficStats: Hashable, Sendable, Codable {
    package var requests: UInt64 = 0
    package var inFlight: UInt64 = 0
    package var tunnels: UInt64 = 0
    package var status1xx: UInt64 = 0
    package var status2xx: UInt64 = 0
    package var status3xx: UInt64 = 0
    package var status4xx: UInt64 = 0
    package var status5xx: UInt64 = 0
    package var errors: UInt64 = 0
    package var connectFailures: UInt64 = 0
    package var timeouts: UInt64 = 0
    package var retries: UInt64 = 0
    package var replayed: UInt64 = 0
    package var raceAvoided: UInt64 = 0
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    package var clientAborts: UInt64 = 0
    /// Times that traffic put the worker out of the rotation.
    package var ejections: UInt64 = 0
    /// Times that a bad worker was used because there was nothing better.
    package var panics: UInt64 = 0
    /// Requests a second over the last sample.
    package var requestsPerSecond: Double = 0
    /// Errors and 5xx a second over the last sample.
    package var errorsPerSecond: Double = 0
    /// Latency in milliseconds over the last minute; nil where there was no request.
    package var p50Milliseconds: Double?
    package var p90Milliseconds: Double?
    package var p99Milliseconds: Double?

    package init() {}
}

/// What the proxies count that belongs to no worker: totals since the statistics segment was made, and gauges.
package struct ProxyStats: Hashable, Sendable, Codable {
    /// Client connections.
    package var accepted: UInt64 = 0
    package var connections: UInt64 = 0
    /// Requests that never reached a worker: malformed, too large, too slow, too many.
    package var refused: UInt64 = 0
    /// 503 because nobody was routable or the queue was full.
    package var unavailable: UInt64 = 0
    /// Requests that wait for a worker.
    package var queued: UInt64 = 0
    /// Requests refused and connections cut because the memory for buffers was used up.
    package var noMemory: UInt64 = 0
    package var bufferBytes: UInt64 = 0
    package var bufferBytesMax: UInt64 = 0
    /// Lines of access logs that the disk did not take.
    package var logDropped: UInt64 = 0
    /// TLS handshakes done, those of them that resumed a session, and those that failed.
    package var handshakes: UInt64 = 0
    package var handshakesResumed: UInt64 = 0
    package var handshakesFailed: UInt64 = 0
    /// HTTP/2: connections, their streams, and streams that clients reset.
    package var http2Connections: UInt64 = 0
    package var http2Streams: UInt64 = 0
    package var http2StreamResets: UInt64 = 0
    /// HTTP/2 connections ended because of a flood, by ``StatsCounter/floods``.
    package var http2Floods: [FloodCount] = []

    package init() {}
}

/// HTTP/2 connections that were ended because there was too much of one thing.
package struct FloodCount: Hashable, Sendable, Codable {
    package var kind: String
    package var count: UInt64

    package init(kind: String, count: UInt64) {
        self.kind = kind
        self.count = count
    }
}

/// What a worker's process uses.
package struct ResourceStats: Hashable, Sendable, Codable {
    /// Share of one core over the last sample, in percent.
    package var cpuPercent: Double
    /// CPU time since the process started, in seconds.
    package var cpuSeconds: Double
    package var rssBytes: UInt64
    package var threads: Int
    package var fileDescriptors: Int
    package var uptimeSeconds: Double

    package init(
        cpuPercent: Double,
        cpuSeconds: Double,
        rssBytes: UInt64,
        threads: Int,
        fileDescriptors: Int,
        uptimeSeconds: Double
    ) {
        self.cpuPercent = cpuPercent
        self.cpuSeconds = cpuSeconds
        self.rssBytes = rssBytes
        self.threads = threads
        self.fileDescriptors = fileDescriptors
        self.uptimeSeconds = uptimeSeconds
    }
}
