import PoolAPI
import PoolModel
import Testing

@Suite struct SelectorTests {
    static let workers: [WorkerStatus] =
        [
            worker("web", 1), worker("web", 2, health: .unhealthy), worker("web", 3, state: .fatal, health: .unknown),
            worker("web", 4, admin: .drain), worker("api_v2", 9),
        ]

    static func worker(
        _ pool: String,
        _ number: Int,
        state: ProcessState = .running,
        health: Health = .healthy,
        admin: AdminState = .ready
    ) -> WorkerStatus {
        WorkerStatus(
            id: WorkerID(pool: pool, number: number),
            state: state,
            health: health,
            admin: admin,
            address: .tcp(host: "127.0.0.1", port: 1),
            since: Timestamp(microseconds: 0)
        )
    }

    @Test(arguments: [
        (["all"], "api_v2_9 web_1 web_2 web_3 web_4"),
        (["*"], "api_v2_9 web_1 web_2 web_3 web_4"),
        (["3"], "web_3"),
        (["1-3"], "web_1 web_2 web_3"),
        (["2,4", "web_2"], "web_2 web_4"),
        (["api_v2_9"], "api_v2_9"),
        (["api_v2"], "api_v2_9"),
        (["web"], "web_1 web_2 web_3 web_4"),
        (["state:fatal"], "web_3"),
        (["state:FATAL"], "web_3"),
        (["state:unhealthy"], "web_2"),
        (["health:unknown"], "web_3"),
        (["admin:drain"], "web_4"),
        (["state:maint"], ""),
        (["state:routable"], "api_v2_9 web_1"),
        (["web/4"], "web_4"),
        (["web/all"], "web_1 web_2 web_3 web_4"),
        (["web/state:running"], "web_1 web_2 web_4"),
        (["web:*"], "web_1 web_2 web_3 web_4"),
        (["web:web_2"], "web_2"),
        ([], ""),
    ])
    func selectorsMean(_ texts: [String], _ expected: String) throws {
        let chosen = try Selector.resolve(try Selector.list(texts), among: Self.workers)
        #expect(chosen.map(\.description).joined(separator: " ") == expected)
    }

    @Test(
        arguments: [
            ("", "a selector is empty", nil),
            ("1,", "a selector is empty", nil),
            ("4-1", "selector 4-1: 4 is more than 1", nil),
            ("we b", "we b is not a selector", nil),
            ("-x", "-x is not a selector", nil),
            ("colour:red", "selector colour:red: unknown condition colour", "use state:, health: or admin:"),
            ("state:fattal", "selector state:fattal: unknown state fattal", "did you mean fatal?"),
            ("health:fatal", "selector health:fatal: unknown health fatal", nil),
            ("we\u{1b}/3", "selector we\u{1b}/3: we\u{1b} is not a pool's name", nil),
        ] as [(String, String, String?)]
    )
    func mistakesAreNamed(_ text: String, _ message: String, _ remedy: String?) {
        let error = #expect(throws: PoolError.self) { try Selector.list([text]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == message)
        if let remedy { #expect(error?.remedy == remedy) }
    }

    @Test(arguments: [
        ("web_5", PoolError.Code.notFound, "worker web_5 does not exist", "did you mean web_1 or web_2 or web_3?"),
        ("wbe", .notFound, "no worker or pool is named wbe", "did you mean web?"),
        ("7", .notFound, "worker 7 does not exist", "there are api_v2_9, web_1 to web_4"),
        ("3-5", .notFound, "worker 5 does not exist", "there are api_v2_9, web_1 to web_4"),
        ("wep/1", .notFound, "pool wep does not exist", "did you mean web?"),
        ("web/9", .notFound, "worker 9 does not exist", "there are web_1 to web_4"),
    ])
    func whatIsNotThereIsNamed(_ text: String, _ code: PoolError.Code, _ message: String, _ remedy: String) throws {
        let selectors = try Selector.list([text])
        let error = #expect(throws: PoolError.self) { try Selector.resolve(selectors, among: Self.workers) }
        #expect(error?.code == code)
        #expect(error?.message == message)
        #expect(error?.remedy == remedy)
    }

    @Test func aNumberOfTwoPoolsIsRefused() throws {
        let workers = Self.workers + [Self.worker("api", 1)]
        let selectors = try Selector.list(["1"])
        let error = #expect(throws: PoolError.self) { try Selector.resolve(selectors, among: workers) }
        #expect(error?.message == "1 could mean workers of api, web")
        #expect(error?.remedy == "say which pool: api/1")
    }

    /// Whatever somebody types is a selector or a clear error, never a crash.
    @Test func anythingCanBeTyped() {
        var random = SplitMix64(seed: 7)
        let letters = Array("a1-_:/*,.%\u{1b}é state:all")
        for _ in 0..<5000 {
            let text = String(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" }
            )
            if let selectors = try? Selector.list([text]) {
                _ = try? Selector.resolve(selectors, among: Self.workers)
            }
        }
    }
}
