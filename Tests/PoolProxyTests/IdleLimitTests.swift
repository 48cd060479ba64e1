@testable import PoolProxy
import Testing

/// What is learned of a worker's idle limit, and forgotten again. Times in milliseconds.
@Suite struct IdleLimitTests {
    @Test func theSettingHoldsWhereNothingIsKnown() {
        #expect(IdleLimit(most: 60_000).retireAfter(0) == 60_000)
    }

    @Test func theShorterOfWhatIsSaidAndSeenHolds() {
        var limit = IdleLimit(most: 60_000)
        limit.announce(seconds: 5)
        #expect(limit.retireAfter(0) == 4000)
        limit.closed(idle: 2000, now: 10_000)
        #expect(limit.learned(10_000) == 2000)
        #expect(limit.retireAfter(10_000) == 1500)
        // A close right after an answer is about that connection.
        limit.closed(idle: 1, now: 10_000)
        #expect(limit.learned(10_000) == 2000)
    }

    @Test func whatIsNotSeenAgainIsForgotten() {
        var limit = IdleLimit(most: 60_000)
        limit.closed(idle: 40, now: 1000)
        #expect(limit.retireAfter(1000) == 30)
        #expect(limit.learned(1000 + IdleLimit.trustMilliseconds - 1) == 40)
        #expect(limit.learned(1000 + IdleLimit.trustMilliseconds) == 80)
        #expect(limit.learned(1000 + 4 * IdleLimit.trustMilliseconds) == 640)
        #expect(limit.retireAfter(1000 + 100 * IdleLimit.trustMilliseconds) == 60_000)
        // As long as a clock can count.
        #expect(limit.retireAfter(.max) == 60_000)
    }

    @Test func aLimitThatIsSeenAgainStays() {
        var limit = IdleLimit(most: 60_000)
        for minute in 1...10 as ClosedRange<UInt64> {
            limit.closed(idle: 2000, now: minute * IdleLimit.trustMilliseconds)
            #expect(limit.learned(minute * IdleLimit.trustMilliseconds) == 2000)
        }
    }
}
