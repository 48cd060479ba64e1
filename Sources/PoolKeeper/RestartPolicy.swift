/// How soon a manager that died is followed by another.
///
/// | deaths in a row of managers that lived less than 1 s | 1, 2, 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 and more |
/// |---|---|---|---|---|---|---|---|---|
/// | delay in seconds | 0 | 0.1 | 0.2 | 0.4 | 0.8 | 1.6 | 3.2 | 5 |
struct RestartPolicy: Hashable, Sendable {
    /// A manager that lived this long has earned an immediate successor.
    static let youngBelow = Duration.seconds(1)
    private static let freeDeaths = 3
    private static let delayMax = Duration.seconds(5)

    private(set) var youngDeaths = 0

    /// Counts a death; returns the delay.
    mutating func delay(afterLiving lifetime: Duration) -> Duration {
        youngDeaths = lifetime < RestartPolicy.youngBelow ? youngDeaths + 1 : 0
        if youngDeaths <= RestartPolicy.freeDeaths { return .zero }
        return min(
            RestartPolicy.delayMax,
            .milliseconds(100) * (1 << min(youngDeaths - RestartPolicy.freeDeaths - 1, 6))
        )
    }
}
