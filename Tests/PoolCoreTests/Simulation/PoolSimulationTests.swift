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
}
