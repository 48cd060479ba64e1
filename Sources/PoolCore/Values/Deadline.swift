internal import PoolModel

/// An instant of the monotonic clock, or never, in eight bytes: made to be searched for the earliest of thousands.
/// Rounded up to the nanosecond, so that what is due has come when it is reached.
struct Deadline: Hashable, Comparable, Sendable {
    private var nanoseconds: Int64

    init(_ instant: Duration?) {
        guard let instant else {
            nanoseconds = .max
            return
        }
        nanoseconds = instant.nanoseconds
        if .nanoseconds(nanoseconds) < instant { nanoseconds += 1 }
    }

    var duration: Duration? { nanoseconds == .max ? nil : .nanoseconds(nanoseconds) }

    func isReached(at now: Duration) -> Bool { nanoseconds != .max && .nanoseconds(nanoseconds) <= now }

    static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}
