/// One deadline for each connection of a loop, in a dense array that is scanned a few times a second.
///
/// Setting a deadline is one store, which a request does several times; a timer wheel would move links each time.
/// A scan of 20,000 connections costs some 10 microseconds, and there are at most twenty a second.
struct DeadlineTable: ~Copyable {
    /// No deadline.
    static let never = UInt64.max
    /// The least time between two scans, in milliseconds: how late a deadline may be noticed.
    static let grain: UInt64 = 50

    private var deadlines: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    /// No deadline is before this time.
    private var soonest = never
    private var lastScan: UInt64 = 0

    init(capacity: Int = 64) {
        deadlines = .allocate(capacity: capacity)
        deadlines.initialize(repeating: DeadlineTable.never, count: capacity)
        self.capacity = capacity
    }

    deinit { deadlines.deallocate() }

    /// Makes room for the index, with no deadline set.
    mutating func reserve(_ index: Int) {
        guard index >= capacity else { return }
        let larger = max(index + 1, capacity * 2)
        let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: larger)
        moved.update(from: deadlines, count: capacity)
        (moved + capacity).initialize(repeating: DeadlineTable.never, count: larger - capacity)
        deadlines.deallocate()
        deadlines = moved
        capacity = larger
    }

    /// Sets the deadline of a reserved index, in milliseconds of the loop's clock.
    @inline(__always)
    mutating func set(_ index: Int, at time: UInt64) {
        deadlines[index] = time
        if time < soonest { soonest = time }
    }

    @inline(__always)
    mutating func clear(_ index: Int) { deadlines[index] = DeadlineTable.never }

    func deadline(_ index: Int) -> UInt64 { deadlines[index] }

    /// How long a loop may sleep, in milliseconds; -1 is for ever.
    func sleep(now: UInt64) -> Int32 {
        if soonest == DeadlineTable.never { return -1 }
        let next = max(soonest, lastScan &+ DeadlineTable.grain)
        return next <= now ? 0 : Int32(clamping: next - now)
    }

    /// Whether a scan would look for anything: a deadline may have come, and the grain is over.
    @inline(__always)
    func isDue(now: UInt64) -> Bool { now >= soonest && now >= lastScan &+ DeadlineTable.grain }

    /// The indices whose deadline has come, in `due`; their deadlines are cleared. Nothing before the grain is over.
    mutating func scan(now: UInt64, count: Int, into due: inout [Int]) {
        due.removeAll(keepingCapacity: true)
        guard isDue(now: now) else { return }
        lastScan = now
        var least = DeadlineTable.never
        for index in 0..<min(count, capacity) {
            let deadline = deadlines[index]
            if deadline <= now {
                deadlines[index] = DeadlineTable.never
                due.append(index)
            } else if deadline < least {
                least = deadline
            }
        }
        soonest = least
    }
}
