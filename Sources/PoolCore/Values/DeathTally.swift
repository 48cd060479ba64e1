/// The times of the latest deaths, to see whether they come too often. Bounded: the oldest is forgotten.
package struct DeathTally: Hashable, Sendable, Codable {
    private var times: [Duration] = []

    package init() {}

    /// Counts a death and tells how many there have been within the window that ends now, this one included.
    ///
    /// - Parameter capacity: how many are remembered at most; the answer is never more.
    package mutating func count(deathAt now: Duration, window: Duration, capacity: Int) -> Int {
        // A time ahead of now is from before a reboot.
        times.removeAll { $0 <= now - window || $0 > now }
        times.append(now)
        if times.count > max(1, capacity) { times.removeFirst(times.count - max(1, capacity)) }
        return times.count
    }

    package mutating func forget() { times.removeAll() }
}
