private import Glibc
private import PoolModel

/// Waiting for one descriptor with a deadline.
package enum Poll {
    /// Waits until the descriptor is ready for reading (or writing), or the deadline has passed.
    ///
    /// A signal that was handled ends the wait too, so that whoever waits can look at what the signal asked for.
    /// - Returns: Whether something is ready.
    package static func wait(_ descriptor: Int32?, forWriting: Bool, until deadline: ContinuousClock.Instant) -> Bool {
        let left = ContinuousClock.now.duration(to: deadline)
        // poll(2) skips negative descriptors: it then is a sleep that signals end.
        var entry = pollfd(fd: descriptor ?? -1, events: Int16(forWriting ? POLLOUT : POLLIN), revents: 0)
        return poll(&entry, 1, Int32(clamping: left.millisecondsRoundedUp)) > 0
    }
}
