import PoolHTTP
import Testing

@Suite struct RetryRuleTests {
    /// failure, then the verdicts for: reused unix socket, reused TCP, fresh unix socket, fresh TCP; each for POST and GET.
    static let table: [(RetryRule.Failure, [RetryRule.Verdict])] = [
        (.connect, Array(repeating: .onAnother, count: 8)),
        (.sendNothing, [.onFresh, .onFresh, .onFresh, .onFresh, .onAnother, .onAnother, .onAnother, .onAnother]),
        (.reset, [.onFresh, .onFresh, .onFresh, .onFresh, .onAnother, .onAnother, .no, .onAnother]),
        (.endOfStream, [.no, .onFresh, .no, .onFresh, .no, .onAnother, .no, .onAnother]),
        (.malformed, Array(repeating: .no, count: 8)),
        (.timedOut, [.no, .onAnother, .no, .onAnother, .no, .onAnother, .no, .onAnother]),
    ]

    @Test func theWholeTable() {
        #expect(Self.table.map(\.0) == RetryRule.Failure.allCases)
        for (failure, verdicts) in Self.table {
            var column = 0
            for (isReused, isUnix) in [(true, true), (true, false), (false, true), (false, false)] {
                for method in [HTTPMethod.post, .get] {
                    var rule = RetryRule(
                        failure,
                        method: method,
                        isReused: isReused,
                        isUnixSocket: isUnix,
                        isHeld: true,
                        hasResponseBegun: false
                    )
                    #expect(rule.verdict == verdicts[column], "\(failure) \(method) column \(column)")
                    rule.isHeld = false
                    #expect(rule.verdict == .no)
                    rule.isHeld = true
                    rule.hasResponseBegun = true
                    #expect(rule.verdict == .no)
                    column += 1
                }
            }
        }
    }

    @Test func idempotentMethods() {
        let idempotent = HTTPMethod.allCases.filter(\.isIdempotent)
        #expect(idempotent == [.get, .head, .put, .delete, .options, .trace])
    }

    @Test func budget() {
        var budget = RetryBudget(share: 0.2, retriesMin: 3)
        let first = (0..<5).map { _ in budget.takeRetry() }
        #expect(first == [true, true, true, false, false])
        for _ in 0..<20 { budget.countRequest() }
        let second = (0..<3).map { _ in budget.takeRetry() }
        #expect(second == [true, false, false])
    }

    @Test func budgetIsOfRecentRequests() {
        var budget = RetryBudget(share: 0.2, retriesMin: 3)
        for _ in 0..<RetryBudget.window - 1 { budget.countRequest() }
        let saved = (0..<100).filter { _ in budget.takeRetry() }.count
        #expect(saved == 100)
        budget.countRequest()
        #expect(budget.requests == RetryBudget.window / 2 && budget.retries == 50)
        for _ in 0..<1_000_000 { budget.countRequest() }
        #expect(budget.requests < RetryBudget.window)
    }

    @Test func terminationCodes() {
        #expect(Termination.normal.code == "--")
        #expect(Termination(.workerTimeout, .header).code == "sH")
        #expect(Termination(.client, .data).code == "CD")
        #expect(Set(Termination.Cause.allCases.map(\.rawValue)).count == Termination.Cause.allCases.count)
        #expect(Set(Termination.Phase.allCases.map(\.rawValue)).count == Termination.Phase.allCases.count)
    }
}
