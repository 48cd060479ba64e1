import PoolAPI
import PoolModel
import PoolOS
import Testing

@testable import PoolManager

@Suite struct SlotTableTests {
    private func id(_ number: Int) -> WorkerID { WorkerID(pool: "p", number: number) }

    @Test func slotsAreUniqueKeptAndGivenAgain() {
        var table = SlotTable()
        #expect((1...3).map { table.assign(id($0)) } == [0, 1, 2])
        #expect(table.assign(id(2)) == 1)
        table.release(id(2))
        #expect(table[id(2)] == nil)
        #expect(table.assign(id(9)) == 1)
        #expect(table.assign(id(10)) == 3)
    }

    @Test func aRestartedManagerGivesTheSameOnes() {
        var table = SlotTable()
        for number in 1...5 { _ = table.assign(id(number)) }
        table.release(id(2))
        var next = SlotTable(table.entries)
        #expect(next[id(5)] == 4)
        #expect(next.assign(id(7)) == 1)
        #expect(next.assign(id(8)) == 5)
    }

    @Test func doubleOrImpossibleSlotsAreNotBelieved() {
        let entries = [
            DaemonState.Slot(worker: id(1), slot: 0), DaemonState.Slot(worker: id(2), slot: 0),
            DaemonState.Slot(worker: id(3), slot: -4), DaemonState.Slot(worker: id(4), slot: 1 << 30),
        ]
        var table = SlotTable(entries)
        #expect(table[id(1)] == 0 && table[id(2)] == nil && table[id(3)] == nil && table[id(4)] == nil)
        #expect(table.assign(id(2)) == 1)
    }

    @Test func thereAreNoMoreThanTheSegmentHolds() {
        var table = SlotTable()
        for number in 0..<Limits.slotsMax { #expect(table.assign(id(number)) != nil) }
        #expect(table.assign(id(-1)) == nil)
    }
}

@Suite struct SaveGateTests {
    @Test func whoAsksDuringAWriteIsInTheNextOne() {
        var gate = SaveGate()
        #expect(gate.request(holding: "a"))
        #expect(!gate.request(holding: "b"))
        #expect(gate.isHolding("a") && gate.isHolding("b") && !gate.isHolding("c"))
        #expect(gate.complete())
        #expect(!gate.isHolding("a") && gate.isHolding("b"))
        #expect(!gate.complete())
        #expect(!gate.isHolding("b") && gate.isIdle)
    }

    @Test func aWriteThatHoldsNobodyIsStillAWrite() {
        var gate = SaveGate()
        gate.isDue = true
        #expect(gate.request(holding: nil))
        #expect(!gate.isDue)
        #expect(!gate.request(holding: nil))
        #expect(gate.complete())
        #expect(!gate.complete())
    }
}

@Suite struct ChildTagTests {
    @Test(arguments: [
        ChildTag.worker(WorkerID(pool: "my-pool_2", number: 31), life: 7, generation: 3),
        .proxy(number: 12, lane: 2, lanes: 2),
    ])
    func aTagIsReadBack(tag: ChildTag) { #expect(ChildTag(tag.text) == tag) }

    @Test(arguments: ["", "worker", "worker/p/x/1/1", "worker/p/1/1", "proxy/1/0", "other/1/2/3", "worker/p/1/-1/1"])
    func whatIsNoTagIsNone(text: String) { #expect(ChildTag(text) == nil) }
}

@Suite struct WorkerEnvironmentTests {
    @Test func onlyTheHarmlessIsInherited() {
        let inherited = ["PATH": "/bin", "LC_ALL": "C", "AWS_SECRET_ACCESS_KEY": "x", "LD_PRELOAD": "y", "HOME": "/root"]
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
        #expect(first.advance(at: .seconds(100)) > old)
        var second = RoutePublication()
        #expect(second.advance(at: .seconds(101)) > old)
    }

    @Test func aPoolHearsOfItsRevisionWhenAllHaveIt() {
        var publication = RoutePublication()
        publication.change(pool: "a", revision: 7)
        let first = publication.advance(at: .seconds(1))
        publication.change(pool: "b", revision: 2)
        let second = publication.advance(at: .seconds(2))
        #expect(publication.confirmed(first - 1).isEmpty)
        #expect(publication.confirmed(first).map(\.revision) == [7])
        #expect(publication.confirmed(second).map(\.pool) == ["b"])
        #expect(publication.confirmed(second).isEmpty)
    }
}

@Suite struct AccessRulesTests {
    @Test(arguments: [
        (UInt32(0), UInt32(0), AccessLevel?.some(.admin)), (1000, 1000, .admin), (1001, 1001, nil),
        (4_000_000, 4_000_000, nil),
    ])
    func theOwnerAndRootMayAll(user: UInt32, group: UInt32, expected: AccessLevel?) {
        let rules = AccessRules(owner: 1000, operatorGroup: "no-such-group-here")
        let peer = PeerCredentials(pid: 1, userID: user, groupID: group)
        #expect(rules.level(of: peer) == expected)
    }

    /// Group 0 has a name everywhere.
    @Test func theGroupMayOperate() {
        let rules = AccessRules(owner: 1000, operatorGroup: "root")
        #expect(rules.level(of: PeerCredentials(pid: 1, userID: 4_000_000, groupID: 0)) == .operate)
        #expect(rules.level(of: PeerCredentials(pid: 1, userID: 4_000_000, groupID: 5)) == nil)
    }
}
