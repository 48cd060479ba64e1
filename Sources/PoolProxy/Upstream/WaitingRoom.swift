/// Requests that wait for a worker, first come, first served. Bounded by the front's limit.
struct WaitingRoom {
    private var queue: [Exchange] = []
    private var first = 0
    /// Requests that wait.
    private(set) var count = 0

    mutating func enter(_ exchange: Exchange) {
        exchange.isQueued = true
        queue.append(exchange)
        count += 1
    }

    /// The one that has waited for longest, behind some that are passed over.
    mutating func next(passing passed: Int = 0) -> Exchange? {
        guard first + passed < queue.count else { return nil }
        let exchange: Exchange
        if passed == 0 {
            exchange = queue[first]
            first += 1
            compact()
        } else {
            exchange = queue.remove(at: first + passed)
        }
        exchange.isQueued = false
        count -= 1
        return exchange
    }

    /// Puts the one just taken back to its place: its turn came, but nobody for it.
    mutating func putBack(_ exchange: Exchange, passing passed: Int) {
        exchange.isQueued = true
        count += 1
        if passed == 0, first > 0 {
            first -= 1
            queue[first] = exchange
        } else {
            queue.insert(exchange, at: first + passed)
        }
    }

    /// Its client went, or its time is over.
    mutating func leave(_ exchange: Exchange) {
        guard exchange.isQueued else { return }
        exchange.isQueued = false
        count -= 1
        // Taken out at once: exchanges are used again, and a place left behind would be the next one's.
        for index in first..<queue.count where queue[index] === exchange {
            queue.remove(at: index)
            break
        }
    }

    private mutating func compact() {
        if first == queue.count {
            queue.removeAll(keepingCapacity: true)
            first = 0
        } else if first > 64 && first * 2 > queue.count {
            queue.removeFirst(first)
            first = 0
        }
    }
}
