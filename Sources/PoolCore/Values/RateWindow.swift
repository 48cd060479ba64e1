internal import PoolModel

/// The rate of a counter that only grows, over the last so many readings. Bounded by ``capacity``.
package struct RateWindow: Hashable, Sendable {
    private struct Reading: Hashable {
        var at: Duration
        var total: UInt64
    }

    private var readings: [Reading] = []
    private let capacity: Int

    /// - Parameter capacity: readings kept; the rate is that between the oldest and the newest. At least 2.
    package init(capacity: Int) { self.capacity = max(2, capacity) }

    /// Takes in the counter's value. A smaller value than before means that the counter began anew.
    package mutating func read(_ total: UInt64, at now: Duration) {
        if let last = readings.last, total < last.total || now <= last.at { readings.removeAll(keepingCapacity: true) }
        readings.append(Reading(at: now, total: total))
        if readings.count > capacity { readings.removeFirst() }
    }

    /// Counts a second; 0 before the second reading.
    package var perSecond: Double {
        guard let first = readings.first, let last = readings.last, last.at > first.at else { return 0 }
        return Double(last.total - first.total) / (last.at - first.at).inSeconds
    }
}
