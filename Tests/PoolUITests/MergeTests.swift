import PoolAPI
import PoolModel
import Testing

@testable import PoolUI

/// States that come as changes, several times a second.
@Suite struct MergeTests {
    private func state(_ numbers: [Int], second: Int = 0, at: Double) -> StateSnapshot {
        var state = Demo.state(workers: 0, second: second)
        state.at = Demo.time(-at)
        state.pools[0].workers = numbers.map { Demo.worker($0, second: second) }
        return state
    }

    @Test(arguments: [
        ([1, 2, 3], [1, 2, 3]), ([1, 2, 3], [2]), ([1, 2, 3], []), ([], [1, 2]), ([2, 4], [1, 2, 3, 4, 5]),
        ([1, 5, 9], [2, 5, 7, 11]), ([3], [1]),
    ])
    func aMergeIsWhatApplyingIs(before: [Int], after: [Int]) {
        let old = state(before, at: 0)
        for new in [state(after, at: 1), state(after, second: 1, at: 1)] {
            let change = StateChange(from: old, to: new)
            var merged = old
            merged.merge(change)
            #expect(merged == new)
        }
    }

    @Test func poolsComeAndGo() {
        let old = Demo.state(workers: 2, pools: ["a", "b"])
        let new = Demo.state(workers: 3, second: 1, pools: ["b", "c"])
        var merged = old
        merged.merge(StateChange(from: old, to: new))
        #expect(merged == new)
    }

    @Test func thereIsOneSampleASecondHoweverManyStates() {
        var figures = PoolFigures()
        for quarter in 0..<12 {
            let time = Double(quarter) / 4
            figures.take(state([1, 2], second: quarter, at: time).pools[0], at: Demo.time(-time))
        }
        #expect(figures.history.requests.count == 3)
        #expect(figures.workers[2]?.history.requests.count == 3)
        #expect(figures.totals.workers == 2)
    }

    @Test func aClockThatGoesBackEndsNoSampling() {
        var figures = PoolFigures()
        for time in [100.0, 50.0, 51.0] { figures.take(state([1], at: time).pools[0], at: Demo.time(-time)) }
        #expect(figures.history.requests.count == 3)
    }

    @Test func workersThatAreGoneAreForgottenWithTheNextSample() {
        var figures = PoolFigures()
        figures.take(state([1, 2, 3], at: 0).pools[0], at: Demo.time(0))
        figures.take(state([2, 4], at: 1).pools[0], at: Demo.time(-1))
        #expect(Set(figures.workers.keys) == [2, 4])
        #expect(figures.workers[2]?.history.requests.count == 2)
    }
}
