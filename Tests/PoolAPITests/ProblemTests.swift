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
