/// What readers of streams wait for.
enum Topic: Hashable, Sendable, CaseIterable {
    case state, events, logs, stats, operations
    /// Events and logs together.
    case records
}

/// How a wait ended.
enum WaitOutcome: Hashable, Sendable {
    case changed
    /// Nothing for as long as a stream may be silent.
    case idle
    /// The daemon ends.
    case ended
}

/// Who waits for which news. A waiter holds a continuation and a time; nothing is queued for it.
struct Followers {
    private struct Waiter {
        var deadline: Duration
        var continuation: CheckedContinuation<WaitOutcome, Never>
    }

    /// Where the versions begin: after those of the manager before, so that a reader never sees one go back.
    private let start: UInt64
    private var versions: [Topic: UInt64] = [:]
    private var waiters: [Topic: [Waiter]] = [:]
    private(set) var isEnded = false

    /// - Parameter start: above every version of an earlier manager: the wall clock's microseconds, which run ahead of
    ///   any count of changes.
    init(start: UInt64 = 1) { self.start = max(1, start) }

    func version(_ topic: Topic) -> UInt64 { versions[topic, default: start] }

    /// How many wait for a topic.
    func waiting(_ topic: Topic) -> Int { waiters[topic]?.count ?? 0 }

    /// There is news: everybody who waits for it looks again.
    mutating func bump(_ topic: Topic) {
        versions[topic, default: start] += 1
        for waiter in waiters.removeValue(forKey: topic) ?? [] { waiter.continuation.resume(returning: .changed) }
        if topic == .events || topic == .logs { bump(.records) }
    }

    mutating func wait(
        for topic: Topic,
        until deadline: Duration,
        _ continuation: CheckedContinuation<WaitOutcome, Never>
    ) {
        waiters[topic, default: []].append(Waiter(deadline: deadline, continuation: continuation))
    }

    /// Sends those home who have waited long enough. Called once a second.
    mutating func expire(at now: Duration) {
        for topic in Topic.allCases {
            guard let all = waiters[topic], all.contains(where: { $0.deadline <= now }) else { continue }
            waiters[topic] = all.filter { $0.deadline > now }
            for waiter in all where waiter.deadline <= now { waiter.continuation.resume(returning: .idle) }
        }
    }

    /// Ends all streams, now and later.
    mutating func end() {
        isEnded = true
        for waiter in waiters.values.flatMap({ $0 }) { waiter.continuation.resume(returning: .ended) }
        waiters = [:]
    }
}
