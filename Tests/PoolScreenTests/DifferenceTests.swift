import PoolScreen
import Testing

struct DifferenceTests {
    /// A generator that gives the same screens in every run.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private func scribble(on screen: inout Screen, times: Int, using random: inout Seeded) {
        let texts = ["a", "bcd", "東", "x京y", "─│█", "", "e\u{301}", "京\u{3099}e\u{300}", "longer than the others"]
        for _ in 0..<times {
            screen.put(
                texts[Int.random(in: 0..<texts.count, using: &random)],
                x: Int.random(in: -3..<screen.size.columns, using: &random),
                y: Int.random(in: 0..<screen.size.rows, using: &random),
                role: Role.allCases[Int.random(in: 0..<Role.allCases.count, using: &random)]
            )
        }
    }

    @Test(arguments: 1...300)
    func applyingTheRunsGivesTheNewScreen(_ seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let size = Size(columns: Int.random(in: 1...60, using: &random), rows: Int.random(in: 1...12, using: &random))
        var old = Screen(size: size)
        scribble(on: &old, times: 30, using: &random)
        var new = old
        scribble(on: &new, times: Int.random(in: 0...20, using: &random), using: &random)
        var shown = old
        var runs: [Run] = []
        new.difference(from: old) { runs.append($0) }
        for run in runs {
            #expect(!new[run.x, run.y].isTail, "a run begins inside a glyph")
            let end = run.x + run.count
            #expect(end == size.columns || !new[end, run.y].isTail, "a run ends inside a glyph")
            shown.apply(run, from: new)
        }
        #expect(shown.cells == new.cells)
        if old.cells == new.cells { #expect(runs.isEmpty) }
    }

    @Test func smallGapsAreSentAlong() {
        let old = Screen(size: Size(columns: 20, rows: 1))
        var new = old
        new.put("a   b", x: 0, y: 0)
        new.put("c", x: 15, y: 0)
        var runs: [Run] = []
        new.difference(from: old) { runs.append($0) }
        #expect(runs == [Run(y: 0, x: 0, count: 5), Run(y: 0, x: 15, count: 1)])
    }
}
