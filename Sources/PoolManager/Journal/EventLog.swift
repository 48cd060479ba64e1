package import PoolModel

/// The daemon's events: numbered without gaps, the newest ones kept in memory.
///
/// A reader holds the sequence number of the last event that it has seen; what it missed because it was too slow is
/// told as a count.
package struct EventLog {
    private var ring: Ring<PoolEvent>
    /// The number of the newest event; 0 before the first.
    package private(set) var lastSequence: UInt64
    private static let sequenceMax = UInt64.max / 2

    package init(capacity: Int = Limits.eventsMax, history: [PoolEvent] = [], lastSequence: UInt64 = 0) {
        ring = Ring(capacity: capacity)
        // Higher numbers are not ours: a file was damaged, and nothing may be counted on from them.
        for event in history where event.sequence <= Self.sequenceMax { ring.append(event) }
        self.lastSequence = max(min(lastSequence, Self.sequenceMax), ring.last?.sequence ?? 0)
    }

    /// Numbers an event and keeps it; returns it with its number.
    package mutating func append(_ event: PoolEvent) -> PoolEvent {
        var numbered = event
        lastSequence += 1
        numbered.sequence = lastSequence
        ring.append(numbered)
        return numbered
    }

    /// Events after a sequence number that a filter lets through.
    ///
    /// - Parameter limit: at most so many; the rest is asked for after ``Page/next``.
    package func page(after sequence: UInt64, limit: Int, where isWanted: (PoolEvent) -> Bool) -> Page {
        // A number from the future is one of another state directory: begin with what is there.
        let sequence = sequence > lastSequence ? 0 : sequence
        var page = Page(events: [], next: sequence, missed: 0)
        var position = ring.partition { $0.sequence > sequence }
        if position == ring.start, sequence > 0, let oldest = ring.first, oldest.sequence > sequence + 1 {
            page.missed = oldest.sequence - sequence - 1
        }
        while position < ring.end, page.events.count < limit {
            let event = ring[position]
            if isWanted(event) { page.events.append(event) }
            page.next = event.sequence
            position += 1
        }
        return page
    }

    /// The newest events that a filter lets through, oldest first.
    package func newest(_ count: Int, where isWanted: (PoolEvent) -> Bool) -> [PoolEvent] {
        var found: [PoolEvent] = []
        var position = ring.end
        while position > ring.start, found.count < count {
            position -= 1
            if isWanted(ring[position]) { found.append(ring[position]) }
        }
        return found.reversed()
    }

    /// Some events and where to go on.
    package struct Page: Equatable {
        package var events: [PoolEvent]
        /// The last sequence number looked at, whether it was let through or not.
        package var next: UInt64
        /// Events that were dropped before they could be read.
        package var missed: UInt64
    }
}
