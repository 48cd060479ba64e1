package import PoolModel

/// An instant on both clocks. Decisions are made on ``now``; ``wall`` is only ever shown.
package struct Moment: Hashable, Sendable {
    /// The monotonic clock since boot (`CLOCK_BOOTTIME`): it goes on over deaths of the manager, not over reboots.
    package var now: Duration
    /// The wall clock, for people: it may step.
    package var wall: Timestamp

    package init(now: Duration, wall: Timestamp) {
        self.now = now
        self.wall = wall
    }

    /// The wall-clock time of another instant of the monotonic clock.
    package func wall(of instant: Duration) -> Timestamp {
        Timestamp(microseconds: wall.microseconds + (instant - now).nanoseconds / 1000)
    }
}
