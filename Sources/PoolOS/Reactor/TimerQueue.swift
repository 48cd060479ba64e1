/// Names a timer of a ``Reactor``.
package struct TimerID: Hashable, Sendable {
    let number: UInt64
}

/// Deadlines in order: a binary heap, from which cancelled timers are cleared when they come up or outnumber the rest.
struct TimerQueue {
    private struct Entry {
        var deadline: Duration
        var number: UInt64

        /// Timers of one deadline fire in the order in which they were made.
        func isBefore(_ other: Entry) -> Bool { (deadline, number) < (other.deadline, other.number) }
    }

    private var heap: [Entry] = []
    private var handlers: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    /// The next deadline of a timer that was not cancelled.
    var nextDeadline: Duration? {
        mutating get {
            while let first = heap.first, handlers[first.number] == nil { removeFirst() }
            return heap.first?.deadline
        }
    }

    mutating func insert(deadline: Duration, _ handler: @escaping () -> Void) -> TimerID {
        lastNumber += 1
        handlers[lastNumber] = handler
        heap.append(Entry(deadline: deadline, number: lastNumber))
        siftUp(heap.count - 1)
        return TimerID(number: lastNumber)
    }

    mutating func cancel(_ timer: TimerID) {
        handlers[timer.number] = nil
        if heap.count > 64, heap.count > 2 * handlers.count { removeCancelled() }
    }

    /// The number of the newest timer: those that handlers make have higher ones.
    var newest: UInt64 { lastNumber }

    /// Takes out the next timer that is due and no newer than that; one by one, as a handler may cancel the next.
    mutating func removeDue(now: Duration, upTo newest: UInt64) -> (() -> Void)? {
        guard let deadline = nextDeadline, deadline <= now, heap[0].number <= newest else { return nil }
        let handler = handlers.removeValue(forKey: heap[0].number)
        removeFirst()
        return handler
    }

    mutating func removeAll() {
        heap.removeAll()
        handlers.removeAll()
    }

    private mutating func removeCancelled() {
        heap.removeAll { handlers[$0.number] == nil }
        // A sorted array is a heap.
        heap.sort { $0.isBefore($1) }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0, heap[index].isBefore(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func siftDown() {
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
