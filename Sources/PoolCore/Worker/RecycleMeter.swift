package import PoolModel

/// When a process has served enough, lived long enough or grown too big. Each limit is lowered by a random share for
/// each life, so that workers that were started together do not go together.
package struct RecycleMeter: Hashable, Sendable, Codable {
    /// When the process has reached its age.
    package private(set) var ageDue: Duration?
    private var latest: WorkerSample?
    private var requestsLimit: UInt64?
    private var rssLimit: UInt64?
    /// The counters when the process began: they count over all lives.
    private var first: WorkerSample?

    package init() {}

    /// A process has become ready.
    package init(rules: WorkerSpec, now: Duration, random: inout SeededRandom) {
        func spread(_ limit: UInt64) -> UInt64 {
            max(1, UInt64(Double(limit) * (1 - rules.recycleJitter * random.unit())))
        }
        requestsLimit = rules.requestsMax.map(spread)
        rssLimit = rules.rssBytesMax.map(spread)
        ageDue = rules.ageMax.map { now + $0 - $0.scaled(by: rules.recycleJitter * random.unit()) }
    }

    /// Takes in a sample; why the process should be replaced, nil where it should not.
    package mutating func read(_ sample: WorkerSample) -> String? {
        if first == nil { first = sample }
        latest = sample
        let requests = served?.requests ?? 0
        if let requestsLimit, requests >= requestsLimit { return "recycled after \(requests) requests" }
        if let rssLimit, sample.rssBytes >= rssLimit { return "recycled at \(sample.rssBytes >> 20) MiB of memory" }
        return nil
    }

    /// Of the last sample; 0 where there was none.
    var rssBytes: UInt64 { latest?.rssBytes ?? 0 }

    /// What this process has served since its first sample; nil where the counters have begun anew since.
    package var served: WorkerSample? {
        guard let first, let latest, latest.requests >= first.requests, latest.failures >= first.failures else {
            return nil
        }
        return WorkerSample(
            requests: latest.requests - first.requests,
            failures: latest.failures - first.failures,
            rssBytes: latest.rssBytes
        )
    }

    /// The process has reached its age; said once.
    package mutating func takeAge(now: Duration) -> Bool {
        guard let ageDue, ageDue <= now else { return false }
        self.ageDue = nil
        return true
    }
}
