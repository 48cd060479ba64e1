import class Foundation.ProcessInfo
import PoolCore
import PoolModel
import Testing

/// Seeded runs of a whole pool. `SIM_SEED=17 swift test --filter PoolSimulation` replays one; `SIM_RUNS` and
/// `SIM_STEPS` set how many and how long.
@Suite struct PoolSimulationTests {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(arguments: 0..<8)
    func invariantsHold(part: UInt64) {
        let steps = Int(PoolSimulationTests.number("SIM_STEPS") ?? 1500)
        let runs = PoolSimulationTests.number("SIM_RUNS") ?? 3
        var seeds = Array(part * runs..<(part + 1) * runs)
        if let seed = PoolSimulationTests.number("SIM_SEED") { seeds = part == 0 ? [seed] : [] }
        for seed in seeds {
            var simulation = PoolSimulation(seed: seed)
            do {
                try simulation.run(steps: steps)
            } catch {
                Issue.record("SEED=\(seed) STEPS=\(steps): \(error)")
                return
            }
        }
    }

    /// The same pool under a clock that is set anew all the time: what happens, and when, is the same to the step.
    @Test(arguments: 100..<104)
    func theWallClockDecidesNothing(seed: UInt64) throws {
        var steady = PoolSimulation(seed: seed)
        var stepping = PoolSimulation(seed: seed)
        stepping.world.isClockStepping = true
        try steady.begin()
        try stepping.begin()
        for step in 0..<600 {
            try steady.step()
            try stepping.step()
            guard steady.world.now == stepping.world.now,
                steady.world.processes.keys == stepping.world.processes.keys
            else {
                Issue.record("SEED=\(seed) STEP=\(step): other things happen")
                return
            }
        }
        #expect(steady.events.count == stepping.events.count && !steady.events.isEmpty)
        #expect(steady.hooksRun == stepping.hooksRun && steady.released == stepping.released)
        #expect(steady.world.random.next() == stepping.world.random.next())
    }
}
