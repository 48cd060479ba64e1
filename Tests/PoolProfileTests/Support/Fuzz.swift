import FoundationEssentials

/// How long mutation tests go on: a fixed number of rounds, or FUZZ_SECONDS where that is set.
enum Fuzz {
    /// Calls the body with the number of each round, from 0.
    static func rounds(_ count: Int, _ body: (Int) throws -> Void) rethrows {
        let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap { Int($0) }
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds ?? 0)
        var round = 0
        while seconds == nil ? round < count : clock.now < end {
            try body(round)
            round += 1
        }
    }

    /// The first seed; FUZZ_SEED repeats or varies a run.
    static var seed: UInt64 { ProcessInfo.processInfo.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 7 }
}
