internal import PoolModel

/// Times as the user's clock shows them.
enum ClockText {
    /// `07:41:05` in a time zone so many seconds east of UTC.
    static func ofDay(_ time: Timestamp, offset: Int) -> String { String(local(time, offset).timeOfDay.prefix(8)) }

    /// `07:41:05.120`
    static func precise(_ time: Timestamp, offset: Int) -> String { local(time, offset).timeOfDay }

    /// `2026-11-22 07:41:05.120`
    static func full(_ time: Timestamp, offset: Int) -> String {
        let text = local(time, offset).description
        return text.prefix(10) + " " + text.dropFirst(11).dropLast()
    }

    private static func local(_ time: Timestamp, _ offset: Int) -> Timestamp {
        Timestamp(microseconds: time.microseconds &+ Int64(offset) * 1_000_000)
    }
}
