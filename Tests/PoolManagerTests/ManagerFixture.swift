import PoolCore
import PoolModel
import PoolOS
import Synchronization

@testable import PoolManager

/// A manager with a fake driver, on a thread and a clock of its own.
final class ManagerFixture: Sendable {
    let reactor: Reactor
    let driver: FakeDriver
    let manager: Manager
    let time: VirtualTime

    init(_ specs: [PoolSpec] = [ManagerFixture.spec()], hasProxy: Bool = false, state: DaemonState? = nil) throws {
        reactor = try Reactor.start(name: "test-manager")
        driver = FakeDriver(hasProxy: hasProxy)
        let time = VirtualTime()
        self.time = time
        let clock = ManagerClock { time.moment }
        let pools = specs.map { spec in
            let machine = PoolMachine(
                spec: spec,
                state: state?.pools.first { $0.state.spec.name == spec.name }?.state,
                known: [],
                beginning: .cold,
                at: clock.moment,
                seed: 1,
                address: { spec, id in .unix(path: "/run/\(spec.name)/\(id).sock") }
            )
            return ManagedPool(machine: machine, profilePath: "/etc/pool/\(spec.name).toml")
        }
        manager = Manager(
            executor: reactor,
            clock: clock,
            identity: DaemonIdentity(
                pid: 17,
                keeper: ProcessIdentity(pid: 16, startTicks: 1),
                startedAt: clock.wall,
                runtimeDirectory: "/run/pool",
                stateDirectory: "/var/lib/pool"
            ),
            driver: driver,
            pools: pools,
            state: state ?? DaemonState(),
            events: EventLog()
        )
    }

    deinit { reactor.stop() }

    static func spec(_ name: String = "example", workers: Int = 2, priority: Int = 999) -> PoolSpec {
        var worker = WorkerSpec(command: ["app"], listen: "unix:{run}/{name}.sock")
        worker.ready = .time
        worker.startSeconds = .zero
        return PoolSpec(name: name, workers: workers, priority: priority, worker: worker)
    }

    /// Starts the pools and lets their first processes come up.
    func up() async {
        await manager.begin()
        await manager.savedAll()
        await answerSpawns()
    }

    /// Tells the manager of an event and waits until what follows from it is saved and done.
    func tell(_ event: PoolMachine.Event, pool: String = "example") async {
        await manager.receive(event, pool: pool)
        await manager.savedAll()
    }

    /// Answers every start that was asked for until now.
    func answerSpawns() async {
        for call in driver.calls {
            guard case .spawn(let id, let life) = call else { continue }
            let process = ProcessIdentity(pid: Int32(1000 + id.number + 100 * Int(life)), startTicks: life)
            await tell(.spawned(id, life: life, process), pool: id.pool)
        }
        time.advance(by: .seconds(2))
        for name in await manager.pools.map(\.name) { await tell(.deadlineReached, pool: name) }
    }

    /// Tells the manager that every process of a pool has ended.
    func end(of pool: String) async {
        let workers = await manager.pools.first { $0.name == pool }?.machine.state.workers ?? []
        for worker in workers {
            await tell(.exited(worker.id, life: worker.machine.life, .exited(code: 0)), pool: pool)
        }
    }

    func id(_ number: Int, _ pool: String = "example") -> WorkerID { WorkerID(pool: pool, number: number) }
}

/// A clock that moves when a test says so.
final class VirtualTime: Sendable {
    private let now = Mutex(Duration.seconds(1000))

    var moment: Moment {
        let now = now.withLock { $0 }
        return Moment(now: now, wall: Timestamp(microseconds: 1_795_333_265_000_000 + now.nanoseconds / 1000))
    }

    func advance(by duration: Duration) { now.withLock { $0 += duration } }
}
