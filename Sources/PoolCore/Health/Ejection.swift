package import PoolModel

/// Passive health: a worker that traffic shows to be bad is left out for a while, for longer each time.
package struct Ejection: Hashable, Sendable, Codable {
    /// Until when it is left out; nil where it is not.
    package private(set) var until: Duration?
    package private(set) var detail = ""
    /// Ejections that are not forgotten yet: the factor of the next one's length.
    private var times = 0
    private var lastEnd = Duration.zero

    package init() {}

    /// Leaves the worker out. Each further time within the memory of `durationMax` lasts twice as long as the one before.
    package mutating func eject(_ detail: String, policy: EjectionPolicy, now: Duration) {
        if times > 0, now - lastEnd > policy.durationMax { times = 0 }
        times += 1
        self.detail = detail
        let end = now + min(policy.duration * (1 << min(times - 1, 20)), policy.durationMax)
        until = end
        lastEnd = end
    }

    /// Ends an ejection whose time has come; whether it did.
    package mutating func end(now: Duration) -> Bool {
        guard let until, until <= now else { return false }
        self.until = nil
        return true
    }

    /// Ends an ejection before its time, because the worker is needed.
    package mutating func endEarly(now: Duration) {
        until = nil
        lastEnd = min(lastEnd, now)
    }

    /// A new process is not blamed for the last one.
    package mutating func forget() { self = Ejection() }

    mutating func clamp(policy: EjectionPolicy, now: Duration) {
        if let until { self.until = min(until, now + policy.durationMax) }
        lastEnd = min(lastEnd, now + policy.durationMax)
    }
}
