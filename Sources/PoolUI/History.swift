package import PoolModel

/// The last figures of something, one a second: what sparklines and figures "of the last minute" are made of.
package struct History: Hashable, Sendable {
    /// Samples that are kept. Beyond: the oldest goes.
    package static let samplesMax = 120

    /// Oldest first, all of one length.
    package private(set) var requests: [Float] = []
    package private(set) var errors: [Float] = []
    package private(set) var inFlight: [Float] = []
    package private(set) var failures: [UInt64] = []

    package init() {}

    package mutating func append(_ traffic: TrafficStats) {
        if requests.count >= History.samplesMax {
            requests.removeFirst()
            errors.removeFirst()
            inFlight.removeFirst()
            failures.removeFirst()
        }
        requests.append(Float(traffic.requestsPerSecond))
        errors.append(Float(traffic.errorsPerSecond))
        inFlight.append(Float(traffic.inFlight))
        failures.append(traffic.status5xx &+ traffic.errors)
    }

    /// Errors and answers of 500 and above within the last samples; 0 where the counters began anew.
    package func failures(last samples: Int) -> UInt64 {
        guard let newest = failures.last else { return 0 }
        let oldest = failures[max(0, failures.count - samples - 1)]
        return newest >= oldest ? newest - oldest : 0
    }
}

/// What the last probes of a worker found, oldest first.
package struct ProbeHistory: Hashable, Sendable {
    package static let probesMax = 32

    package private(set) var results: [ProbeResult] = []

    package init() {}

    /// Takes a probe's result over, once.
    package mutating func append(_ result: ProbeResult?) {
        guard let result, results.last?.at != result.at else { return }
        if results.count >= ProbeHistory.probesMax { results.removeFirst() }
        results.append(result)
    }
}
