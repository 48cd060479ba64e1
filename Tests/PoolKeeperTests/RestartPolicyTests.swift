internal import PoolModel
internal import Testing

@testable internal import PoolKeeper

struct RestartPolicyTests {
    @Test func delaysAreThoseOfTheTable() {
        var policy = RestartPolicy()
        let delays = (0..<12).map { _ in policy.delay(afterLiving: .milliseconds(999)) }
        #expect(delays.map(\.inSeconds) == [0, 0, 0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5])
    }

    @Test func aLongLifeStartsAnew() {
        var policy = RestartPolicy()
        for _ in 0..<5 { _ = policy.delay(afterLiving: .zero) }
        #expect(policy.delay(afterLiving: .seconds(1)) == .zero)
        #expect(policy.youngDeaths == 0)
        for _ in 0..<3 { #expect(policy.delay(afterLiving: .zero) == .zero) }
        #expect(policy.delay(afterLiving: .zero) == .milliseconds(100))
    }
}
