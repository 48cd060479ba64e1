internal import PoolModel

/// The latencies of about the last minute, out of readings of counters that only grow.
///
/// Six parts of ten seconds, each with 4-byte counters: 11 kB. The oldest part falls out whole, so the span is 50 to
/// 60 seconds.
package struct SlidingHistogram: Hashable, Sendable {
    package static let parts = 6
    package static let partSeconds: Int64 = 10

    private var latest: LatencyHistogram?
    private var deltas = [UInt32](repeating: 0, count: SlidingHistogram.parts * LatencyBuckets.count)
    /// The number of the newest part: ten-second steps of the monotonic clock.
    private var part: Int64?

    package init() {}

    /// Takes in the counters as they are now. The first reading only says where to count from.
    package mutating func read(_ histogram: LatencyHistogram, at now: Duration) {
        advance(to: now.components.seconds / SlidingHistogram.partSeconds)
        defer { latest = histogram }
        guard let latest else { return }
        let added = histogram.subtracting(latest)
        let base = offset(of: part ?? 0)
        for (index, count) in added.counts.enumerated() where count > 0 {
            let (sum, overflow) = deltas[base + index].addingReportingOverflow(UInt32(clamping: count))
            deltas[base + index] = overflow ? .max : sum
        }
    }

    /// Everything counted within the span.
    package var sum: LatencyHistogram {
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        for (index, delta) in deltas.enumerated() where delta > 0 {
            counts[index % LatencyBuckets.count] += UInt64(delta)
        }
        return LatencyHistogram(counts: counts)
    }

    private func offset(of part: Int64) -> Int { Int(part % Int64(SlidingHistogram.parts)) * LatencyBuckets.count }

    /// Clears the parts that lie between the newest and the wanted one, the wanted one included.
    private mutating func advance(to wanted: Int64) {
        let from = part ?? wanted
        part = max(from, wanted)
        guard wanted > from else { return }
        for cleared in max(from + 1, wanted - Int64(SlidingHistogram.parts) + 1)...wanted {
            let base = offset(of: cleared)
            for index in base..<base + LatencyBuckets.count { deltas[index] = 0 }
        }
    }
}
