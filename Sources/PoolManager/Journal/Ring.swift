/// The newest elements of a sequence that never ends, in their order; adding to a full ring drops the oldest.
///
/// Elements are counted from the first one ever added, so that a reader can hold a position: what has been dropped
/// since is a difference of two numbers.
struct Ring<Element> {
    private var storage: [Element?] = []
    private let capacity: Int
    /// Elements ever added.
    private(set) var end = 0
    /// Elements held now.
    private(set) var count = 0

    /// - Parameter capacity: at least 1.
    init(capacity: Int) {
        precondition(capacity > 0, "a ring holds at least one element")
        self.capacity = capacity
    }

    /// The position of the oldest element still held.
    var start: Int { end - count }

    var first: Element? { count > 0 ? self[start] : nil }
    var last: Element? { count > 0 ? self[end - 1] : nil }

    /// The element at a position in `start..<end`.
    subscript(position: Int) -> Element {
        precondition(position >= start && position < end, "position \(position) is not in \(start)..<\(end)")
        guard let element = storage[position % capacity] else { preconditionFailure("a held element is present") }
        return element
    }

    /// Adds an element; returns the one that had to go.
    @discardableResult
    mutating func append(_ element: Element) -> Element? {
        var dropped: Element?
        if count == capacity { dropped = dropFirst() }
        let index = end % capacity
        // Storage grows with what was added, so that a large capacity costs nothing while it is not used.
        if index == storage.count { storage.append(element) } else { storage[index] = element }
        end += 1
        count += 1
        return dropped
    }

    /// Gives up the oldest element, and its memory.
    @discardableResult
    mutating func dropFirst() -> Element? {
        guard count > 0 else { return nil }
        let index = start % capacity
        let dropped = storage[index]
        storage[index] = nil
        count -= 1
        return dropped
    }

    /// The first position in `start..<end` whose element satisfies a condition that, once true, stays true; `end`
    /// where none does.
    func partition(where isAfter: (Element) -> Bool) -> Int {
        var low = start
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
