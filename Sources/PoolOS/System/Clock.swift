internal import Glibc
package import PoolModel

/// Time for decisions: it never steps, and goes on while the machine sleeps.
package enum MonotonicClock {
    /// Time after boot.
    package static var now: Duration {
        let time = read(CLOCK_BOOTTIME)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Nanoseconds after boot: the same, as a plain number, for counters and measurements.
    package static var nanoseconds: Int64 {
        let time = read(CLOCK_BOOTTIME)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Time for people and logs: it may step.
package enum WallClock {
    package static var now: Timestamp {
        let time = read(CLOCK_REALTIME)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

private func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    // It fails only for unknown clocks.
    clock_gettime(clock, &time)
    return time
}
