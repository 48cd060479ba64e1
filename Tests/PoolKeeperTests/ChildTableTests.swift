internal import PoolModel
internal import PoolOS
internal import Testing

@testable internal import PoolKeeper

struct ChildTableTests {
    private let end = KeeperExit(
        reason: .exited(code: 0),
        at: Timestamp(microseconds: 0),
        cpuMicroseconds: 0,
        residentKiBMax: 0
    )

    private func child(_ pid: Int32, ticks: UInt64 = 1) -> KeeperChild {
        KeeperChild(process: ProcessIdentity(pid: pid, startTicks: ticks), tag: "t\(pid)")
    }

    @Test func theOldestExitGoesBeyondTheLimit() {
        var table = ChildTable(exitsMax: 3)
        for pid in Int32(1)...5 {
            table.insert(child(pid), killsGroupAtEnd: true)
            #expect(table.end(pid: pid, end) != nil)
        }
        #expect(table.children.map(\.process.pid) == [3, 4, 5])
        #expect(table.runningCount == 0)
    }

    @Test func aReusedPIDIsAnotherProcess() {
        var table = ChildTable()
        table.insert(child(7, ticks: 1), killsGroupAtEnd: true)
        _ = table.end(pid: 7, end)
        table.insert(child(7, ticks: 2), killsGroupAtEnd: true)
        #expect(!table.isRunning(ProcessIdentity(pid: 7, startTicks: 1)))
        table.acknowledge(ProcessIdentity(pid: 7, startTicks: 1))
        #expect(table.children == [child(7, ticks: 2)])
        #expect(table.end(pid: 8, end) == nil)
    }
}
