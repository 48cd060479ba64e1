/// Who waits for the state file, so that what somebody asked for is written before it is done or answered.
///
/// At most one write is under way. What is asked for meanwhile is in the next one, for all that ask together.
struct SaveGate {
    /// Pools whose actions wait for the write that is under way.
    private var holding: [String] = []
    /// Pools whose actions wait for the write after it.
    private var next: [String] = []
    private(set) var isWriting = false
    /// Something is to be written within the next second.
    var isDue = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func isHolding(_ pool: String) -> Bool { holding.contains(pool) || next.contains(pool) }

    /// Whether nothing is held or being written.
    var isIdle: Bool { !isWriting && next.isEmpty }

    /// Holds a pool (or nobody) until what is known now is written.
    /// - Returns: whether a write is to be begun.
    mutating func request(holding pool: String?) -> Bool {
        isDue = false
        guard isWriting else {
            holding = pool.map { [$0] } ?? []
            isWriting = true
            return true
        }
        // A write of nobody's still counts: the empty name holds no pool.
        next.append(pool ?? "")
        return false
    }

    /// The write is over.
    /// - Returns: whether another one is to be begun.
    mutating func complete() -> Bool {
        holding = next
        next = []
        isWriting = !holding.isEmpty
        return isWriting
    }

    mutating func wait(_ continuation: CheckedContinuation<Void, Never>) { waiters.append(continuation) }

    /// Those to be told that nothing is held any more.
    mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
        defer { waiters = [] }
        return waiters
    }
}
