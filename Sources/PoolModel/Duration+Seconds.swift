extension Duration {
    /// The duration in seconds with its fraction: the form of every duration in the control API and the profile.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// Whole nanoseconds, saturating at `Int64`'s ends (292 years).
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// Whole milliseconds, rounded up, never negative: what `epoll_wait` wants so as not to wake before the deadline.
    package var millisecondsRoundedUp: Int64 {
        let nanoseconds = nanoseconds
        return nanoseconds <= 0 ? 0 : (nanoseconds - 1) / 1_000_000 + 1
    }
}
