import NIOCore
import PoolAPI
import PoolModel
import Testing

@testable import PoolManager

/// The state that is put together from pieces is the one that is encoded as a whole.
@Suite struct EncodedStateTests {
    private func worker(_ pool: String, _ number: Int, requests: UInt64 = 0) -> WorkerSnapshot {
        let id = WorkerID(pool: pool, number: number)
        var traffic = TrafficStats()
        traffic.requests = requests
        traffic.p99Milliseconds = requests > 0 ? 41.6 : nil
        let status = WorkerStatus(
            id: id,
            state: .running,
            health: .healthy,
            address: .unix(path: "/run/\"\(id)\".sock"),
            reason: "a \\ reason",
            since: Timestamp(microseconds: 1)
        )
        return WorkerSnapshot(name: id.description, status: status, traffic: traffic, resources: nil)
    }

    private func state(_ sequence: UInt64, _ pools: [(String, [WorkerSnapshot])]) -> StateSnapshot {
        let at = Timestamp(microseconds: Int64(sequence) * 1_000_000)
        return StateSnapshot(
            sequence: sequence,
            at: at,
            pools: pools.map { name, workers in
                PoolSnapshot(
                    name: name,
                    generation: 3,
                    sequence: sequence,
                    at: at,
                    listen: [.tcp(host: "127.0.0.1", port: 80)],
                    workers: workers,
                    stats: TrafficStats(),
                    profileError: "\"workers\":[]}",
                    gate: nil
                )
            },
            operations: []
        )
    }

    private func expectSame(_ encoded: EncodedState, _ state: StateSnapshot, pool: String? = nil) throws {
        let bytes = try encoded.bytes(of: state, version: state.sequence, pool: pool)
        #expect(Array(bytes.readableBytesView) == (try JSONCoding.encode(state)))
        #expect(encoded.known(pool, version: state.sequence) == bytes)
        #expect(encoded.known(pool, version: state.sequence + 1) == nil)
    }

    @Test func piecesMakeTheWhole() throws {
        let encoded = EncodedState()
        #expect(encoded.known(nil, version: 1) == nil)
        let many = (1...50).map { worker("a", $0) }
        try expectSame(encoded, state(1, [("a", many), ("b", [worker("b", 1)]), ("c", [])]))
        // Some have changed, some have gone, one has come, one is of another pool now.
        var next = many.dropLast(10) + [worker("a", 99)]
        next[3] = worker("a", 4, requests: 17)
        try expectSame(encoded, state(2, [("a", Array(next)), ("b", [worker("b", 1, requests: 5)])]))
        try expectSame(encoded, state(3, [("b", [worker("b", 1, requests: 6)])]), pool: "b")
        try expectSame(encoded, state(4, [("a", Array(next)), ("b", [worker("b", 1, requests: 6)])]))
        try expectSame(encoded, state(5, []))
    }

    /// Who has changed something and was answered never sees the state of before.
    @Test func aChangeIsSeenByWhoAsksNext() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        let before = fixture.manager.stateVersion.current
        #expect(before == (try await fixture.manager.state(pool: nil).1))
        _ = try await fixture.manager.weigh(
            WeightRequest(weight: 7, workers: ["1"]),
            in: "example",
            actor: "alice",
            condition: nil
        )
        #expect(fixture.manager.stateVersion.current > before)
        #expect(fixture.manager.stateVersion.current == (try await fixture.manager.state(pool: nil).1))
    }
}
