/// What a client of the control socket may do; each level includes the ones below it.
package enum AccessLevel: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// See everything; change nothing.
    case view
    /// Act on workers: start, stop, roll, drain, scale, cancel.
    case operate
    /// Change what runs: profiles, the daemon itself.
    case admin

    package static func < (left: AccessLevel, right: AccessLevel) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
