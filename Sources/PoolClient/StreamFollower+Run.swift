private import PoolModel

extension StreamFollower {
    /// Why a blocking run ended.
    package enum Ending: Hashable, Sendable {
        /// The handler had what it wanted.
        case satisfied
        case deadlinePassed
        case interrupted
    }

    /// Follows a stream until the handler returns false, the deadline passes, or the user interrupts: for commands,
    /// which have nothing else to do.
    ///
    /// What the handler throws ends the run: a `.lost` that it does not want to sit out, say.
    package func run(
        until deadline: ContinuousClock.Instant?,
        isInterrupted: () -> Bool,
        handle: (Update) throws -> Bool
    ) throws -> Ending {
        let start = ContinuousClock.now
        while true {
            if isInterrupted() { return .interrupted }
            let now = ContinuousClock.now
            for update in step(now: start.duration(to: now)) {
                guard try handle(update) else { return .satisfied }
            }
            if let deadline, now >= deadline { return .deadlinePassed }
            let due = start.advanced(by: self.deadline)
            _ = Poll.wait(descriptor, forWriting: wantsToWrite, until: min(due, deadline ?? due))
        }
    }
}
