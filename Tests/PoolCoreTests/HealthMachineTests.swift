import PoolCore
import PoolModel
import Testing

@Suite struct HealthMachineTests {
    private var machine = HealthMachine()
    private var random = SeededRandom(seed: 1)
    private var rules = HealthSpec()
    private var now = Duration.seconds(100)

    private mutating func probe(_ phase: ProbeResult.Phase) -> Health? {
        now += .seconds(2)
        let at = Timestamp(microseconds: 0)
        let result = ProbeResult(phase: phase, detail: phase.rawValue, elapsed: .zero, at: at)
        return machine.record(result, rules: rules, now: now, random: &random)
    }

    /// Each letter a probe (g good, b bad, p the proxy was away); each letter of the answer the opinion after it.
    @Test(arguments: [
        ("g", "h"), ("b", "?"), ("bbb", "??u"), ("bbg", "??h"), ("gbbb", "hhhu"), ("gbbgbb", "hhhhhh"),
        ("bbbg", "??uu"), ("bbbgg", "??uuh"), ("bbbgbgg", "??uuuuh"), ("gppppp", "hhhhhh"), ("bbpb", "???u"),
        ("bbbgpg", "??uuuh"),
    ])
    mutating func opinionsFollowRiseAndFall(probes: String, opinions: String) {
        machine.begin(now: now)
        var seen = ""
        for letter in probes {
            _ = probe(letter == "g" ? .done : letter == "b" ? .status : .proxy)
            seen += machine.health == .healthy ? "h" : machine.health == .unhealthy ? "u" : "?"
        }
        #expect(seen == opinions)
    }

    @Test mutating func changesAreToldOnce() {
        machine.begin(now: now)
        #expect(probe(.done) == .healthy)
        #expect(probe(.done) == nil)
        #expect([probe(.timeout), probe(.timeout), probe(.timeout)] == [nil, nil, .unhealthy])
        #expect(machine.flips == 2)
        #expect(machine.unhealthySince == now)
        #expect(machine.last?.phase == .timeout)
    }

    @Test mutating func probesAreQuickUntilSomethingIsKnown() throws {
        machine.begin(now: now)
        let begun = now
        var gaps: [Duration] = []
        for _ in 0..<40 {
            let due = try #require(machine.due)
            gaps.append(due - now)
            now = due
            machine.sent(timeout: rules.timeout, now: now)
            let result = ProbeResult(phase: .proxy, detail: "", elapsed: .zero, at: Timestamp(microseconds: 0))
            _ = machine.record(result, rules: rules, now: now, random: &random)
        }
        #expect(gaps[1] == .milliseconds(50))
        #expect(gaps.max() == .milliseconds(500))
        #expect(now - begun > .seconds(5))
    }

    @Test mutating func intervalsSpread() {
        machine.begin(now: now)
        var gaps: Set<Duration> = []
        for _ in 0..<50 {
            _ = probe(.done)
            let gap = (machine.due ?? .zero) - now
            #expect(gap >= .seconds(1.8) && gap <= .seconds(2.22))
            gaps.insert(gap)
        }
        #expect(gaps.count > 10)
    }

    @Test mutating func lostProbeIsSentAgain() {
        machine.begin(now: now)
        machine.sent(timeout: .seconds(1), now: now)
        #expect(machine.due == now + .seconds(3))
    }

    @Test mutating func doubtOpensTheQuestionAndAGoodProbeClosesIt() {
        machine.begin(now: now)
        _ = probe(.done)
        machine.question("connection refused", now: now)
        #expect(machine.health == .unknown)
        #expect(machine.due == now)
        #expect(machine.doubt == "connection refused")
        #expect(probe(.done) == .healthy)
        #expect(machine.doubt == nil)
    }

    @Test mutating func nobodyIsAskedAboutAProcessThatIsGone() {
        machine.begin(now: now)
        _ = probe(.done)
        machine.end()
        #expect(machine.health == .unknown)
        #expect(probe(.done) == nil, "the answer was under way")
        machine.question("connection refused", now: now)
        #expect(machine.due == nil)
    }
}
