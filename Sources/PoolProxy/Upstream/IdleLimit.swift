/// How long a worker keeps an idle connection open, learned from its answers and from what it closes.
///
/// A connection is retired a little before: a request must not be sent into one that the worker is just closing.
/// One close need not be about idling: a worker of several processes closes what the one that is recycled had. So what
/// was observed holds for a while, then for twice as long a time, and so on: as long as nothing contradicts it.
/// Pure; times in milliseconds.
struct IdleLimit {
    /// Retire this long before the learned limit, or a quarter of it where that is less.
    static let marginMax: UInt64 = 1_000
    /// Closes earlier than this are about that connection (a crash, a close right after the answer), not about idling.
    static let learnableMin: UInt64 = 20

    /// An observed limit is doubled each time that this has passed without another close.
    static let trustMilliseconds: UInt64 = 60_000

    /// The front's setting: never longer than this.
    var most: UInt64
    private var announced: UInt64?
    private var observed: UInt64?
    private var observedAt: UInt64 = 0

    init(most: UInt64) { self.most = most }

    /// The worker said `Keep-Alive: timeout=N`.
    mutating func announce(seconds: UInt64) {
        announced = seconds > 0 ? min(seconds, 86_400) * 1000 : nil
    }

    /// The worker closed a connection that had been idle for this long.
    mutating func closed(idle: UInt64, now: UInt64) {
        guard idle >= IdleLimit.learnableMin else { return }
        observed = min(seen(now) ?? .max, idle)
        observedAt = now
    }

    /// What is left of the observation.
    private func seen(_ now: UInt64) -> UInt64? {
        guard let observed else { return nil }
        let age = now &- min(observedAt, now)
        return observed << min(age / IdleLimit.trustMilliseconds, UInt64(observed.leadingZeroBitCount))
    }

    /// What is known of the worker's limit.
    func learned(_ now: UInt64) -> UInt64? {
        switch (announced, seen(now)) {
        case (let said?, let seen?): min(said, seen)
        case (let said?, nil): said
        case (nil, let seen): seen
        }
    }

    /// Connections idle for longer are closed by us.
    func retireAfter(_ now: UInt64) -> UInt64 {
        guard let learned = learned(now) else { return most }
        return min(most, learned - min(IdleLimit.marginMax, learned / 4))
    }
}
