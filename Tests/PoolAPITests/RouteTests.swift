import PoolAPI
import PoolModel
import Testing

@Suite struct RouteTests {
    @Test func everyIDHasOneRoute() {
        for id in Route.ID.allCases { #expect(Route.all.count { $0.id == id } == 1, "\(id)") }
    }

    @Test func everyMessageOfARouteHasASchema() {
        for route in Route.all {
            for name in [route.request, route.reply, route.stream].compactMap({ $0 })
            where name != .text && name != .document {
                #expect(Schemas.all.contains { $0.name == name.rawValue }, "\(route.id): \(name)")
            }
        }
    }

    @Test func everyRouteIsFoundByItsPath() {
        for route in Route.all {
            let path = route.path("a/b c", "x")
            let match = RouteMatch(method: route.method.rawValue, path: path)
            let expected = Dictionary(zip(route.pathParameters, ["a/b c", "x"])) { $1 }
            #expect(match == .route(route, pathParameters: expected), "\(path)")
        }
    }

    @Test(arguments: [
        ("GET", "/", RouteMatch.notFound),
        ("GET", "/v1/pools/", .notFound),
        ("GET", "/v1/pools//workers", .notFound),
        ("GET", "/v1/pools/%zz", .notFound),
        ("GET", "/v1/pools/%ff", .notFound),
        ("GET", "/v2/pools", .notFound),
        ("POST", "/v1/pools", .methodNotAllowed(allow: [.get])),
        ("PUT", "/v1/operations/op-1", .methodNotAllowed(allow: [.get, .delete])),
    ])
    func otherPathsAreNot(_ method: String, _ path: String, _ expected: RouteMatch) {
        #expect(RouteMatch(method: method, path: path) == expected)
    }

    @Test func headIsAnsweredAsGet() {
        #expect(RouteMatch(method: "HEAD", path: "/v1/version") == .route(.of(.version), pathParameters: [:]))
        #expect(RouteMatch(method: "HEAD", path: "/v1/reload") == .methodNotAllowed(allow: [.post]))
    }

    @Test func onlyMutationsNeedMoreThanView() {
        for route in Route.all where route.method == .get { #expect(route.level == .view, "\(route.id)") }
        #expect(AccessLevel.view < .operate && .operate < .admin)
    }
}

@Suite struct QueryTests {
    @Test func aQueryIsReadByTheTypesOfItsRoute() throws {
        let query = try Query(
            "workers=1-2,example_3&workers=state%3Afatal&tail=10&grep=a+b%26c&follow&since=2026-11-22T07%3A41%3A05Z",
            for: .of(.logs)
        )
        let logs = LogQuery(query)
        #expect(logs.workers == ["1-2", "example_3", "state:fatal"])
        #expect(logs.tail == 10)
        #expect(logs.grep == "a b&c")
        #expect(logs.follow)
        #expect(logs.since == Timestamp("2026-11-22T07:41:05Z"))
    }

    @Test func aLogQuerySurvivesItsWay() throws {
        var query = LogQuery()
        query.pool = "example"
        query.workers = ["1-2", "health:unhealthy"]
        query.streams = [.stdout, .mark]
        query.tail = 5
        query.since = Timestamp(microseconds: 1_795_000_000_120_000)
        query.after = 99
        query.grep = "50% &é=+"
        query.ignoreCase = true
        query.follow = true
        #expect(LogQuery(try Query(String(query.items.text.dropFirst()), for: .of(.logs))) == query)
        #expect(LogQuery(try Query("", for: .of(.logs))) == LogQuery())
    }

    @Test func anEventQuerySurvivesItsWay() throws {
        var query = EventQuery()
        query.workers = ["example/3"]
        query.kinds = [.exit, .health]
        query.severity = .warning
        query.tail = 0
        query.after = 7
        #expect(EventQuery(try Query(String(query.items.text.dropFirst()), for: .of(.events))) == query)
    }

    @Test(
        arguments: [
            ("tial=3", "unknown parameter tial", "did you mean tail?"),
            ("tail=-1", "parameter tail: expected a whole number in 0...100000", nil),
            ("tail=1&tail=2", "parameter tail is given twice", nil),
            ("stream=stdin", "parameter stream: expected some of stdout, stderr, mark", nil),
            ("since=yesterday", "parameter since: expected a time such as 2026-11-22T07:41:05Z", nil),
            ("follow=maybe", "parameter follow: expected true or false", nil),
            ("grep=%f", "the query is not percent-encoded UTF-8", nil),
        ] as [(String, String, String?)]
    )
    func mistakesAreNamed(_ text: String, _ message: String, _ remedy: String?) {
        let error = #expect(throws: PoolError.self) { try Query(text, for: .of(.logs)) }
        #expect(error?.message == message)
        if let remedy { #expect(error?.remedy == remedy) }
    }

    @Test func eventsAreFiltered() {
        let event = PoolEvent(
            sequence: 5,
            at: Timestamp(microseconds: 10),
            kind: .health,
            severity: .warning,
            pool: "a",
            worker: WorkerID(pool: "a", number: 1),
            message: ""
        )
        func admits(_ change: (inout EventQuery) -> Void, chosen: Set<WorkerID>? = nil) -> Bool {
            var query = EventQuery()
            change(&query)
            return query.admits(event, chosen: chosen)
        }
        #expect(admits { _ in })
        #expect(admits { $0.pool = "a" } && !admits { $0.pool = "b" })
        #expect(admits { $0.kinds = [.health, .exit] } && !admits { $0.kinds = [.exit] })
        #expect(admits { $0.severity = .notice } && !admits { $0.severity = .error })
        #expect(admits { $0.after = 4 } && !admits { $0.after = 5 })
        #expect(admits { $0.since = event.at } && !admits { $0.since = Timestamp(microseconds: 11) })
        #expect(!admits({ _ in }, chosen: []) && admits({ _ in }, chosen: [WorkerID(pool: "a", number: 1)]))
    }
}
