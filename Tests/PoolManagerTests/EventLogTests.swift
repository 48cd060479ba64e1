import PoolModel
import Testing

@testable import PoolManager

@Suite struct EventLogTests {
    private func event(_ text: String, sequence: UInt64 = 0) -> PoolEvent {
        PoolEvent(sequence: sequence, at: Timestamp(microseconds: 0), kind: .state, message: text)
    }

    private func filled(_ count: Int, capacity: Int) -> EventLog {
        var log = EventLog(capacity: capacity)
        for number in 1...count { _ = log.append(event("\(number)")) }
        return log
    }

    @Test func numbersHaveNoGapsAndGoOnAfterARestart() {
        var log = EventLog(capacity: 4, history: [event("old", sequence: 17)], lastSequence: 12)
        #expect(log.append(event("a")).sequence == 18)
        #expect(log.append(event("b")).sequence == 19)
        #expect(log.lastSequence == 19)
    }

    @Test func aDamagedNumberIsNotCountedOnFrom() {
        let history = [event("old", sequence: 17), event("damaged", sequence: .max)]
        var log = EventLog(capacity: 4, history: history)
        #expect(log.append(event("a")).sequence == 18)
        var other = EventLog(capacity: 4, lastSequence: .max)
        #expect(other.append(event("a")).sequence < .max)
    }

    @Test func aPageGoesOnWhereTheOneBeforeEnded() {
        let log = filled(10, capacity: 100)
        let first = log.page(after: 0, limit: 4) { _ in true }
        #expect(first.events.map(\.sequence) == [1, 2, 3, 4])
        let rest = log.page(after: first.next, limit: 100) { _ in true }
        #expect(rest.events.map(\.sequence) == [5, 6, 7, 8, 9, 10])
        #expect(rest.missed == 0)
        #expect(log.page(after: 10, limit: 4) { _ in true }.events.isEmpty)
    }

    @Test func whatIsGoneIsCounted() {
        let log = filled(10, capacity: 3)
        let page = log.page(after: 2, limit: 100) { _ in true }
        #expect(page.events.map(\.sequence) == [8, 9, 10])
        #expect(page.missed == 5)
        #expect(log.page(after: 7, limit: 100) { _ in true }.missed == 0)
    }

    @Test func aFilterAdvancesOverWhatItLeavesOut() {
        let log = filled(10, capacity: 100)
        let page = log.page(after: 0, limit: 100) { $0.message == "3" }
        #expect(page.events.map(\.message) == ["3"])
        #expect(page.next == 10)
    }

    @Test func aNumberOfAnotherTimeBeginsAnew() {
        #expect(filled(3, capacity: 9).page(after: 99, limit: 9) { _ in true }.events.count == 3)
    }

    @Test func theNewestComeOldestFirst() {
        #expect(filled(10, capacity: 5).newest(2) { _ in true }.map(\.sequence) == [9, 10])
    }

    @Test func aRingHoldsTheNewestAndNoMore() {
        var ring = Ring<Int>(capacity: 3)
        var dropped: [Int] = []
        for value in 1...7 { if let old = ring.append(value) { dropped.append(old) } }
        #expect(dropped == [1, 2, 3, 4])
        #expect((ring.start..<ring.end).map { ring[$0] } == [5, 6, 7])
        let oldest = ring.dropFirst()
        #expect(oldest == 5)
        #expect(ring.count == 2 && ring.first == 6)
        ring.append(8)
        ring.append(9)
        #expect((ring.start..<ring.end).map { ring[$0] } == [7, 8, 9])
    }
}
