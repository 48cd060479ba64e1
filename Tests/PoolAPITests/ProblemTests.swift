import PoolAPI
import PoolModel
import Testing

@Suite struct ProblemTests {
    @Test(arguments: PoolError.Code.allCases)
    func everyErrorCrossesTheSocketUnchanged(_ code: PoolError.Code) throws {
        let error = PoolError(code, "worker example_9 does not exist", remedy: "look at status")
        let problem = Problem(error)
        let back = try JSONCoding.decode(Problem.self, from: try JSONCoding.encode(problem))
        #expect(back.poolError == error)
        #expect((400...599).contains(problem.status))
    }

    @Test func problemsHaveTitlesAndStatuses() {
        for code in Problem.Code.allCases {
            #expect(!code.title.isEmpty && (400...599).contains(code.status))
        }
        #expect(Problem(.methodNotAllowed, "…").status == 405)
        #expect(Problem(.notFound, "…").type == "urn:pool:problem:not-found")
    }

    @Test func exitCodesAreTheDocumentedOnes() {
        let codes: [PoolError.Code: ExitCode] = [
            .invalidArgument: .usage, .notFound: .unknownOrDenied, .permissionDenied: .unknownOrDenied,
            .conflict: .failed, .timeout: .waitTimedOut,
        ]
        for (code, exit) in codes { #expect(ExitCode(code) == exit) }
        #expect(ExitCode(Operation.State.succeeded).rawValue == 0)
        #expect(ExitCode(Operation.State.rolledBack).rawValue == 7)
        #expect(ExitCode(Operation.State.running).rawValue == 6)
        #expect(ExitCode.allCases.map(\.rawValue) == Array(0...7))
    }

    @Test func healthIsJudgedOverAllPools() {
        var good = Samples.barePool
        good.workers = [WorkerSnapshot(name: "w", status: Samples.status(), traffic: TrafficStats(), resources: nil)]
        #expect(HealthReply(pools: [good]).healthy)
        #expect(HealthReply(pools: [Samples.barePool]).healthy)
        var bad = good
        bad.name = "bad"
        bad.workers[0].status.health = .unhealthy
        let reply = HealthReply(pools: [good, bad])
        #expect(!reply.healthy)
        #expect(reply.reasons == ["pool bad: no routable worker"])
    }

    /// However well the workers are: what clients get is 503, or nothing for now.
    @Test(arguments: [
        (FrontGate.Kind.maintenance, false, PoolHealth.State.maintenance, "in maintenance until 11:06:40 UTC by alice"),
        (.hold, false, .holding, "held until 11:06:40 UTC by alice, then refused: migration"),
        (.hold, true, .maintenance, "refuses requests: the hold by alice ended at 11:06:40: migration"),
    ])
    func whoLetsNothingThroughIsNotHealthy(
        _ kind: FrontGate.Kind,
        _ isOver: Bool,
        _ state: PoolHealth.State,
        _ words: String
    ) throws {
        var pool = Samples.barePool
        pool.workers = [WorkerSnapshot(name: "w", status: Samples.status(), traffic: TrafficStats(), resources: nil)]
        var gate = FrontGate(
            kind: kind,
            until: Samples.time,
            afterwards: .refuse,
            retryAfter: 5,
            since: Samples.time,
            actor: "alice",
            why: "migration"
        )
        gate.isOver = isOver
        pool.gate = gate
        let reply = HealthReply(pools: [pool])
        #expect(!reply.healthy)
        #expect(reply.pools[0].state == state && reply.pools[0].gate == gate)
        #expect(reply.reasons.count == 1)
        #expect(reply.reasons[0].hasPrefix("pool \(pool.name): \(words)"), "\(reply.reasons)")
        let metrics = MetricsPage(state: StateSnapshot(sequence: 1, at: Samples.time, pools: [pool], operations: []))
        let text = metrics.render()
        #expect(text.contains("pool_maintenance{pool=\"\(pool.name)\"} \(state == .maintenance ? 1 : 0)\n"))
        #expect(text.contains("pool_hold{pool=\"\(pool.name)\"} \(state == .holding ? 1 : 0)\n"))
    }

    /// A daemon of before says neither state nor gate.
    @Test func anOlderDaemonsHealthIsUnderstood() throws {
        let text = #"{"pool":"p","workers":2,"routable":0,"unhealthy":2,"fatal":0}"#
        let health: PoolHealth = try JSONCoding.decode(from: Array(text.utf8))
        #expect(health.state == .down && health.gate == nil)
    }

    @Test func entityTagsAreCompared() {
        let tag = EntityTag(generation: 3)
        #expect(tag.matches("\"g3\"") && tag.matches("*") && tag.matches("\"g2\", \"g3\""))
        #expect(!tag.matches("\"g2\"") && !tag.matches("W/\"g3\"") && !tag.matches("g3") && !tag.matches(""))
    }

    @Test func keysAreShortAndVisible() {
        #expect(IdempotencyKey("4f1c-9") != nil)
        for text in ["", "a b", "é", "a\n", String(repeating: "x", count: 129)] { #expect(IdempotencyKey(text) == nil) }
    }

    @Test func aMistypedNameIsRecognised() {
        #expect(NearestName.among(["status", "start", "stop"], to: "statsu").first == "status")
        #expect(NearestName.among(["tail", "since"], to: "xyzzy").isEmpty)
    }
}
