internal import PoolModel

extension Duration {
    /// For people: `250 ms`, `30 s`, `2.5 s`.
    package var text: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let tenths = milliseconds % 1000 / 100
        return tenths == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds / 1000).\(tenths) s"
    }

    /// The least multiple of the step that is not less.
    func roundedUp(to step: Duration) -> Duration {
        let rest = nanoseconds % step.nanoseconds
        return .nanoseconds(rest == 0 ? nanoseconds : nanoseconds - rest + step.nanoseconds)
    }

    /// The duration times a factor, to the microsecond.
    func scaled(by factor: Double) -> Duration { .microseconds(Int64(inSeconds * factor * 1_000_000)) }
}
