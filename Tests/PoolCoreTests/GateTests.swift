import PoolModel
import Testing

@testable import PoolCore

@Suite struct GateTests {
    private static let start = Moment(now: .seconds(100), wall: Timestamp(microseconds: 1_795_000_000_000_000))

    private func gate(_ kind: FrontGate.Kind, until: Timestamp?, _ afterwards: FrontGate.Afterwards) -> FrontGate {
        FrontGate(kind: kind, until: until, afterwards: afterwards, retryAfter: 5, since: GateTests.start.wall)
    }

    private func machine() -> PoolMachine {
        var spec = PoolSpec(name: "p", workers: 1, worker: WorkerSpec(command: ["a"], listen: "unix:/p.sock"))
        spec.worker.autostart = false
        return PoolMachine(spec: spec, state: nil, known: [], beginning: .cold, at: GateTests.start, seed: 1) { _, _ in
            .unix(path: "/p.sock")
        }
    }

    private func published(_ actions: [PoolAction]) -> [PoolRoutes] {
        actions.compactMap { if case .publishRoutes(let routes, _) = $0 { routes } else { nil } }
    }

    private func told(_ actions: [PoolAction]) -> [String] {
        actions.compactMap { if case .emit(let event) = $0 { event.message } else { nil } }
    }

    @Test func aHoldIsPublishedKeptAndEnded() {
        var pool = machine()
        _ = pool.begin(at: GateTests.start)
        let end = Timestamp(microseconds: GateTests.start.wall.microseconds + 30_000_000)
        let hold = gate(.hold, until: end, .refuse)
        let actions = pool.setGate(hold, actor: "alice", why: "migration", at: GateTests.start)
        #expect(published(actions).map(\.gate) == [hold])
        #expect(told(actions) == ["p is held for 30 s: migration"])
        #expect(pool.checkGate(at: GateTests.start).isEmpty)
        let late = Moment(now: GateTests.start.now + .seconds(31), wall: Timestamp(microseconds: end.microseconds + 1))
        #expect(told(pool.checkGate(at: late)).first?.contains("refuses requests") == true)
        #expect(pool.state.gate?.isOver == true)
        #expect(pool.checkGate(at: late).isEmpty, "told once")
        #expect(published(pool.setGate(nil, actor: "alice", why: "", at: late)).map(\.gate) == [nil])
        #expect(pool.setGate(nil, actor: "alice", why: "", at: late).isEmpty, "it was open already")
    }

    @Test func maintenanceWithAnEndOpens() {
        var pool = machine()
        _ = pool.begin(at: GateTests.start)
        _ = pool.setGate(
            gate(.maintenance, until: GateTests.start.wall, .serve),
            actor: "a",
            why: "",
            at: GateTests.start
        )
        let actions = pool.checkGate(at: GateTests.start)
        #expect(published(actions).map(\.gate) == [nil] && told(actions) == ["p is open again: the time is over"])
    }
}
