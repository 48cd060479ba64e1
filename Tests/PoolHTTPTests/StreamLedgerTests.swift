import PoolHTTP
import Testing

/// Streams by the headers of frames: RFC 9113, 5.1 and 5.1.1.
@Suite struct StreamLedgerTests {
    @Test func aStreamEndsByItsFlagOrAReset() {
        var ledger = StreamLedger()
        #expect(ledger.headers(1, isLast: true) == nil)
        #expect(ledger.headers(1, isLast: true) == .closed)
        #expect(ledger.data(1, isLast: false) == .closed)
        #expect(ledger.headers(3, isLast: false) == nil)
        #expect(ledger.data(3, isLast: false) == nil)
        #expect(ledger.headers(3, isLast: true) == nil)
        #expect(ledger.data(3, isLast: true) == .closed)
        #expect(ledger.headers(5, isLast: false) == nil)
        ledger.reset(5)
        #expect(ledger.data(5, isLast: false) == .closed)
    }

    @Test func streamsEndInAnyOrder() {
        var ledger = StreamLedger()
        let streams = stride(from: UInt32(1), to: 200, by: 2)
        for stream in streams { #expect(ledger.headers(stream, isLast: false) == nil) }
        for stream in streams where stream % 3 == 0 { #expect(ledger.data(stream, isLast: true) == nil) }
        for stream in streams { #expect(ledger.data(stream, isLast: true) == (stream % 3 == 0 ? .closed : nil)) }
    }

    @Test func numbersPassedOverAreToldFromStreamsThatEnded() {
        var ledger = StreamLedger()
        #expect(ledger.headers(5, isLast: true) == nil)
        #expect(ledger.headers(3, isLast: true) == .passedOver)
        #expect(ledger.headers(5, isLast: true) == .closed)
        #expect(ledger.headers(7, isLast: true) == nil)
        #expect(ledger.headers(11, isLast: true) == nil)
        #expect(ledger.headers(9, isLast: true) == .passedOver)
        #expect(ledger.data(9, isLast: true) == .closed)
    }

    @Test func whatTheLibraryRefusesIsLeftToIt() {
        var ledger = StreamLedger()
        #expect(ledger.headers(0, isLast: true) == nil)
        #expect(ledger.headers(2, isLast: true) == nil)
        #expect(ledger.data(0, isLast: true) == nil)
        #expect(ledger.data(9, isLast: true) == nil)
        #expect(ledger.headers(1, isLast: true) == nil)
    }

    /// What was on its way when the server reset the stream is no fault of the client's.
    @Test func droppedStreamsMayGoOnForAWhile() {
        var ledger = StreamLedger()
        #expect(ledger.headers(1, isLast: false) == nil)
        ledger.drop(1)
        #expect(ledger.data(1, isLast: false) == nil)
        #expect(ledger.headers(1, isLast: true) == nil)
        #expect(ledger.data(1, isLast: false) == .closed)
        // A stream whose client has ended it is closed at once.
        #expect(ledger.headers(3, isLast: true) == nil)
        ledger.drop(3)
        #expect(ledger.data(3, isLast: false) == .closed)
    }

    /// Every stream that may be open may be reset by the server before its client hears of it.
    @Test func asManyAreRememberedAsMayBeOpen() {
        var ledger = StreamLedger(streamsMax: 500)
        for index in 0..<UInt32(500) { #expect(ledger.headers(index * 2 + 1, isLast: false) == nil) }
        for index in 0..<UInt32(500) { ledger.drop(index * 2 + 1) }
        for index in 0..<UInt32(500) { #expect(ledger.data(index * 2 + 1, isLast: true) == nil) }
    }

    @Test func whatIsRememberedIsBounded() {
        var ledger = StreamLedger()
        let count = UInt32(StreamLedger.droppedMin)
        for index in 0...count {
            #expect(ledger.headers(index * 4 + 1, isLast: false) == nil)
            ledger.drop(index * 4 + 1)
        }
        // The oldest is forgotten, the others are not; the same for the gaps.
        #expect(ledger.data(1, isLast: false) == .closed)
        #expect(ledger.data(5, isLast: false) == nil)
        #expect(ledger.headers(3, isLast: true) == .closed)
        #expect(ledger.headers(count * 4 - 1, isLast: true) == .passedOver)
        // A stream that is open is not forgotten for others that were dropped.
        let kept = count * 4 + 5
        #expect(ledger.headers(kept, isLast: false) == nil)
        for index in 1...2 * count {
            #expect(ledger.headers(kept + index * 2, isLast: false) == nil)
            ledger.drop(kept + index * 2)
        }
        #expect(ledger.data(kept, isLast: true) == nil)
    }
}
