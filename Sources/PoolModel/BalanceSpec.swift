/// How requests are spread over the workers.
package struct BalanceSpec: Hashable, Sendable, Codable {
    package enum Algorithm: String, Hashable, Sendable, Codable, CaseIterable {
        case roundRobin = "round-robin"
        case leastInFlight = "least-in-flight"
        case twoChoices = "two-choices"
        case consistentHash = "consistent-hash"
        case stickyCookie = "sticky-cookie"
    }

    package var algorithm = Algorithm.roundRobin
    /// What a consistent hash is taken of: `address`, `header:NAME`, `cookie:NAME`; the cookie's name for a sticky one.
    package var key: String?
    /// Requests in flight at one worker; beyond it another is taken or the request is queued. nil is unlimited.
    package var inFlightMax: Int?
    /// A worker that has just become healthy gets a growing share over this time.
    package var slowStart = Duration.zero
    /// Retried requests may be at most this share of all, and at least three.
    package var retryBudget = 0.2
    package var ejection = EjectionPolicy()
    /// Shares of the requests by the workers' numbers, 0...256; nil for none, and in older state files.
    package var weights: [Int: Int]?

    package init() {}

    /// The share of a worker where nobody has set another at run time.
    package func weight(of number: Int) -> Int { weights?[number] ?? 1 }
}

/// Passive health: when traffic itself shows that a worker is bad. Sized for pools of 2 to 16.
package struct EjectionPolicy: Hashable, Sendable, Codable {
    /// Failures in a row; 0 turns this rule off.
    package var consecutiveFailures = 5
    /// The share of failures and 5xx answers in the last `window` that ejects a worker, if it is also three times that
    /// of the others; 0 turns this rule off.
    package var errorRate = 0.5
    package var window = Duration.seconds(10)
    /// The first time out; each further one takes twice as long, up to `durationMax`.
    package var duration = Duration.seconds(10)
    package var durationMax = Duration.seconds(120)
    /// Never eject below this many routable workers.
    package var readyMin = 1

    package var isOn: Bool { consecutiveFailures > 0 || errorRate > 0 }

    package init() {}
}
