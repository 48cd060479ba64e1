import Testing

@testable import PoolManager

/// What a line of the audit log says of a request, however long the request is.
@Suite struct AuditedRequestTests {
    @Test func nobodyNamedIsAll() {
        #expect(AuditedRequest().selectors == ["all"])
        #expect(AuditedRequest(workers: []).selectors == ["all"])
        #expect(AuditedRequest(workers: ["1", "3"]).selectors == ["1", "3"])
    }

    @Test func whatIsLeftOutIsCounted() {
        let names = (1...100).map { "\($0)" }
        let selectors = AuditedRequest(workers: names).selectors
        #expect(selectors.count == 65 && selectors.last == "and 36 more")
        #expect(AuditedRequest(workers: Array(names.prefix(64))).selectors.count == 64)
    }

    @Test func textsAreCutAndSaySo() {
        #expect(AuditedRequest(workers: [String(repeating: "a", count: 65)]).selectors[0].count == 65)
        #expect(AuditedRequest(workers: [String(repeating: "a", count: 65)]).selectors[0].hasSuffix("a…"))
        #expect(AuditedRequest(why: String(repeating: "b", count: 5000)).reason?.count == 1025)
        #expect(AuditedRequest(why: "leak").reason == "leak")
        #expect(AuditedRequest(why: "").reason == nil)
    }
}
