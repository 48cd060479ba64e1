internal import PoolModel

/// Latencies counted by ``PoolModel/LatencyBuckets``.
package struct LatencyHistogram: Hashable, Sendable {
    /// One counter for each bucket.
    package private(set) var counts: [UInt64]

    package init() { counts = [UInt64](repeating: 0, count: LatencyBuckets.count) }

    /// Takes over counters read elsewhere; missing ones are 0, those beyond the last bucket are left out.
    package init(counts: [UInt64]) {
        self.counts = Array(counts.prefix(LatencyBuckets.count))
        self.counts += [UInt64](repeating: 0, count: LatencyBuckets.count - self.counts.count)
    }

    package mutating func count(microseconds: UInt64) { counts[LatencyBuckets.index(microseconds: microseconds)] += 1 }

    package mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    /// What was counted after an earlier reading of the same counters. A counter below its earlier value has begun
    /// anew: its present value is taken whole.
    package func subtracting(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var difference = self
        for index in counts.indices where counts[index] >= earlier.counts[index] {
            difference.counts[index] = counts[index] - earlier.counts[index]
        }
        return difference
    }

    package var total: UInt64 { counts.reduce(0, &+) }

    /// The latency in milliseconds below which the share (0...1) of all lies; nil where nothing was counted.
    package func quantileMilliseconds(_ share: Double) -> Double? {
        LatencyBuckets.quantile(share, of: counts).map { $0 / 1000 }
    }
}
