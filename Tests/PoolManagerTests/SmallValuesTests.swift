import PoolAPI
import PoolModel
import PoolOS
import Testing

@testable import PoolManager

@Suite struct SlotTableTests {
    private func id(_ number: Int) -> WorkerID { WorkerID(pool: "p", number: number) }

    @Test func slotsAreUniqueKeptAndGivenAgain() {
        var table = SlotTable()
        let first = (1...3).map { table.assign(id($0)) }
        #expect(first == [0, 1, 2])
        let slot1 = table.assign(id(2))
        #expect(slot1 == 1)
        table.release(id(2))
        #expect(table[id(2)] == nil)
        let slot2 = table.assign(id(9))
        #expect(slot2 == 1)
        let slot3 = table.assign(id(10))
        #expect(slot3 == 3)
    }

    @Test func aRestartedManagerGivesTheSameOnes() {
        var table = SlotTable()
        for number in 1...5 { _ = table.assign(id(number)) }
        table.release(id(2))
        var next = SlotTable(table.entries)
        #expect(next[id(5)] == 4)
        let slot4 = next.assign(id(7))
        #expect(slot4 == 1)
        let slot5 = next.assign(id(8))
        #expect(slot5 == 5)
    }

    @Test func doubleOrImpossibleSlotsAreNotBelieved() {
        let entries = [
            DaemonState.Slot(worker: id(1), slot: 0), DaemonState.Slot(worker: id(2), slot: 0),
            DaemonState.Slot(worker: id(3), slot: -4), DaemonState.Slot(worker: id(4), slot: 1 << 30),
        ]
        var table = SlotTable(entries)
        #expect(table[id(1)] == 0 && table[id(2)] == nil && table[id(3)] == nil && table[id(4)] == nil)
        let slot6 = table.assign(id(2))
        #expect(slot6 == 1)
    }

    @Test func thereAreNoMoreThanTheSegmentHolds() {
        var table = SlotTable()
        for number in 0..<Limits.slotsMax {
            let slot = table.assign(id(number))
            #expect(slot == number)
        }
        let slot7 = table.assign(id(-1))
        #expect(slot7 == nil)
    }
}

@Suite struct SaveGateTests {
    @Test func whoAsksDuringAWriteIsInTheNextOne() {
        var gate = SaveGate()
        let isFirst = gate.request(holding: "a")
        #expect(isFirst)
        let isSecond = gate.request(holding: "b")
        #expect(!isSecond)
        #expect(gate.isHolding("a") && gate.isHolding("b") && !gate.isHolding("c"))
        let hasMore = gate.complete()
        #expect(hasMore)
        #expect(!gate.isHolding("a") && gate.isHolding("b"))
        let hasEvenMore = gate.complete()
        #expect(!hasEvenMore)
        #expect(!gate.isHolding("b") && gate.isIdle)
    }

    @Test func aWriteThatHoldsNobodyIsStillAWrite() {
        var gate = SaveGate()
        gate.isDue = true
        let isFirst = gate.request(holding: nil)
        #expect(isFirst)
        #expect(!gate.isDue)
        let isSecond = gate.request(holding: nil)
        #expect(!isSecond)
        let hasMore = gate.complete()
        #expect(hasMore)
        let hasEvenMore = gate.complete()
        #expect(!hasEvenMore)
    }
}

@Suite struct ChildTagTests {
    @Test(arguments: [
        ChildTag.worker(WorkerID(pool: "my-pool_2", number: 31), life: 7, generation: 3),
        ChildTag.hook(pool: "my-pool_2", number: 9),
        .proxy(number: 12, lane: 2, lanes: 2),
    ])
    func aTagIsReadBack(tag: ChildTag) { #expect(ChildTag(tag.text) == tag) }

    @Test(arguments: ["", "worker", "worker/p/x/1/1", "worker/p/1/1", "proxy/1/0", "other/1/2/3", "worker/p/1/-1/1"])
    func whatIsNoTagIsNone(text: String) { #expect(ChildTag(text) == nil) }

    /// A record on disk that was damaged: what is counted with its numbers must not end the manager at every start.
    @Test(arguments: [
        "proxy/1/9223372036854775807/2", "proxy/1/-1/2", "proxy/1/0/0", "proxy/1/0/17", "proxy/1/16/1",
        "proxy/18446744073709551615/0/2", "worker/p/1/18446744073709551615/1", "worker/p/1/1/18446744073709551615",
        "worker/p/-1/1/1", "worker/p/9223372036854775807/1/1",
    ])
    func numbersThatNoDaemonWroteAreNoTag(text: String) { #expect(ChildTag(text) == nil) }
}

@Suite struct WorkerEnvironmentTests {
    @Test func onlyTheHarmlessIsInherited() {
        let inherited = [
            "PATH": "/bin", "LC_ALL": "C", "AWS_SECRET_ACCESS_KEY": "x", "LD_PRELOAD": "y", "HOME": "/root",
        ]
        let environment = WorkerEnvironment(inherited: inherited)
        #expect(environment.entries == ["HOME=/root", "LC_ALL=C", "PATH=/bin", "PYTHONUNBUFFERED=1"])
    }

    @Test func filesAreReadAndTheProfileWins() throws {
        let directory = try TemporaryDirectory()
        let text = """
            # a comment
            A=1
            export B = two
            C="with spaces"
            D='single'
              E=last=equals
            =nothing
            no equals
            """
        directory.write(Array(text.utf8), to: "env")
        var environment = WorkerEnvironment(inherited: ["PATH": "/bin"])
        try environment.read("\(directory.path)/env")
        environment.set(["A": "profile", "PYTHONUNBUFFERED": "0"])
        let entries = environment.entries
        for entry in ["A=profile", "C=with spaces", "D=single", "E=last=equals", "PYTHONUNBUFFERED=0"] {
            #expect(entries.contains(entry))
        }
        #expect(throws: LaunchFailure.self) { try environment.read("\(directory.path)/missing") }
    }
}

@Suite struct RoutePublicationTests {
    @Test func versionsGrowOverManagers() {
        var first = RoutePublication()
        first.change(pool: "a", revision: 1)
        let old = first.advance(at: .seconds(100))
        let newer = first.advance(at: .seconds(100))
        #expect(newer > old)
        var second = RoutePublication()
        let newest = second.advance(at: .seconds(101))
        #expect(newest > newer)
    }

    @Test func aPoolHearsOfItsRevisionWhenAllHaveIt() {
        var publication = RoutePublication()
        publication.change(pool: "a", revision: 7)
        let first = publication.advance(at: .seconds(1))
        publication.change(pool: "b", revision: 2)
        let second = publication.advance(at: .seconds(2))
        let answers = [first - 1, first, second, second].map { publication.confirmed($0).map(\.pool) }
        #expect(answers == [[], ["a"], ["b"], []])
    }
}

@Suite struct AccessRulesTests {
    @Test(arguments: [
        (UInt32(0), UInt32(0), AccessLevel?.some(.admin)), (1000, 1000, .admin), (1001, 1001, nil),
        (4_000_000, 4_000_000, nil),
    ])
    func theOwnerAndRootMayAll(user: UInt32, group: UInt32, expected: AccessLevel?) {
        let rules = AccessRules(owner: 1000, parties: [.operate: [.group("no-such-group-here")]])
        let peer = PeerCredentials(pid: 1, userID: user, groupID: group)
        #expect(rules.level(of: .local(peer)) == expected)
    }

    /// Group 0 has a name everywhere.
    @Test func theGroupMayOperate() {
        let rules = AccessRules(owner: 1000, parties: [.operate: [.group("root")]])
        #expect(rules.level(of: .local(PeerCredentials(pid: 1, userID: 4_000_000, groupID: 0))) == .operate)
        #expect(rules.level(of: .local(PeerCredentials(pid: 1, userID: 4_000_000, groupID: 5))) == nil)
    }
}

@Suite struct AnswerTableTests {
    private func request(_ body: String, condition: String? = nil) -> AnswerTable.Fingerprint {
        AnswerTable.Fingerprint("POST", "/v1/x", condition: condition, Array(body.utf8))
    }

    /// A key stands for one request: another body, or another condition, is another request.
    @Test func aKeyStandsForOneRequest() throws {
        let table = AnswerTable()
        let key = try #require(IdempotencyKey("k"))
        guard case .new = try table.begin(key, request("a", condition: "1"), isElsewhere: true) else {
            Issue.record("it is not new")
            return
        }
        for other in [request("a"), request("a", condition: "2"), request("b", condition: "1")] {
            let problem = #expect(throws: Problem.self) { try table.begin(key, other, isElsewhere: true) }
            #expect(problem?.code == .keyReused)
        }
        guard case .elsewhere = try table.begin(key, request("a", condition: "1"), isElsewhere: true) else {
            Issue.record("it is not remembered")
            return
        }
    }

    /// What failed may be tried again with the same key, or with another request.
    @Test func aKeyOfWhatFailedIsFree() throws {
        let table = AnswerTable()
        let key = try #require(IdempotencyKey("k"))
        _ = try table.begin(key, request("a"), isElsewhere: false)
        #expect(throws: Problem.self) { try table.begin(key, request("a"), isElsewhere: false) }
        table.end(key, nil)
        guard case .new = try table.begin(key, request("b"), isElsewhere: false) else {
            Issue.record("it is not free")
            return
        }
    }
}
