import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

/// Every view at every size, text and roles, as files under Goldens.
struct GoldenTests {
    static let sizes = [
        Size(columns: 80, rows: 24), Size(columns: 160, rows: 50), Size(columns: 60, rows: 16),
        Size(columns: 40, rows: 10),
    ]

    /// What was pressed before the picture is taken.
    static let scenes: [(name: String, keys: [Key])] = [
        ("workers", []),
        ("detail", [.down, .down, .down, .down, .down, .down, .enter]),
        ("logs", [.character("3")]),
        ("logs-paused", [.character("3"), .up, .up, .character("m")]),
        ("logs-filter", [.character("3"), .character("/"), .character("k"), .character("e"), .character("y")]),
        ("events", [.character("4")]),
        ("health", [.character("5")]),
        ("operations", [.character("6")]),
        ("fronts", [.character("7")]),
        ("config", [.character("8")]),
        ("pools", [.character("9")]),
        ("processes", [.down, .down, .down, .down, .down, .down, .enter, .character("i")]),
        ("environment", [.down, .down, .down, .down, .down, .down, .enter, .character("i"), .character("i")]),
        (
            "probes",
            [.down, .down, .down, .down, .down, .down, .enter, .character("i"), .character("i"), .character("i")]
        ),
        ("weight", [.down, .character("W"), .character("3"), .enter]),
        ("help", [.character("?")]),
        ("palette", [.character(":"), .character("s")]),
        ("confirm", [.down, .character("r")]),
        ("tagged", [.character(" "), .character(" "), .character("s"), .character("s")]),
        ("deploy", [.character("D")]),
        ("close-front", [.character("O"), .character("w")]),
        ("setup", [.character(","), .down, .down, .down, .down, .down, .down, .down, .enter]),
        ("stop-all", [.character("*"), .character("x"), .character("w")]),
    ]

    @Test(arguments: scenes.map(\.name), sizes)
    func scene(_ name: String, _ size: Size) {
        var model = Demo.model(size)
        addOperation(&model)
        for scene in GoldenTests.scenes where scene.name == name { Demo.press(&model, scene.keys) }
        expectGolden(view(model).golden, "\(name)-\(size.columns)x\(size.rows).txt")
    }

    @Test(arguments: sizes)
    func daemonLost(_ size: Size) {
        var model = Demo.model(size)
        var link = DaemonLink(socket: "/run/pool/control.sock")
        link.phase = .lost
        link.reason = "nobody listens at /run/pool/control.sock"
        link.lostAt = Demo.time(8)
        link.attempt = 3
        link.retryAt = .seconds(62)
        Demo.apply(&model, .link(link))
        expectGolden(view(model).golden, "lost-\(size.columns)x\(size.rows).txt")
    }

    @Test(arguments: sizes)
    func noDaemonYet(_ size: Size) {
        var model = DashboardModel(
            settings: Settings(),
            host: HostFacts(),
            size: size,
            now: Demo.now,
            socket: "/run/pool/control.sock"
        )
        var link = DaemonLink(socket: "/run/pool/control.sock")
        link.reason = "no daemon: /run/pool/control.sock does not exist"
        link.remedy = "start one with `poold run -d PROFILE`, or name its directory with --runtime-dir"
        link.attempt = 3
        link.retryAt = .seconds(2)
        Demo.apply(&model, .link(link))
        expectGolden(view(model).golden, "no-daemon-\(size.columns)x\(size.rows).txt")
    }

    @Test func asciiOnly() {
        for (name, keys) in GoldenTests.scenes where ["workers", "detail", "health", "confirm"].contains(name) {
            var model = Demo.model(glyphs: .ascii)
            model.logs.clear()
            Demo.press(&model, keys)
            let screen = view(model)
            expectGolden(screen.golden, "ascii-\(name)-80x24.txt")
            #expect(screen.cells.allSatisfy { $0.isTail || $0.scalar < 0x80 }, "\(name) shows more than ASCII")
        }
    }

    /// Wide glyphs that the right edge and a sideways scroll cut, and combining characters.
    @Test func wideGlyphs() {
        var model = Demo.model(Size(columns: 41, rows: 12))
        var lines = Demo.lines(4)
        for (index, text) in [
            "東京東京東京東京東京東京東京東京東京東京", "a東京東京東京東京東京東京東京東京東京東京", "cafe\u{301} 👩‍👩‍👧 ❤\u{FE0F} ｱｲｳ", "\u{202E}olleh\u{202C} 가나다",
        ].enumerated() {
            lines[index].text = text
        }
        Demo.apply(&model, .lines(lines))
        Demo.type(&model, "3")
        expectGolden(view(model).golden, "wide-41x12.txt")
    }

    /// No size makes the view trap, and none is refused.
    @Test func everySizeIsDrawn() {
        let watched = Demo.model(workers: 12)
        for (_, keys) in GoldenTests.scenes {
            for columns in [1, 2, 9, 20, 33, 47, 72, 149, 400] {
                for rows in [1, 2, 3, 5, 11, 12, 20, 100] {
                    var model = watched
                    Demo.apply(&model, .resized(Size(columns: columns, rows: rows)))
                    Demo.press(&model, keys)
                    #expect(view(model).size == Size(columns: columns, rows: rows))
                }
            }
        }
    }

    private func addOperation(_ model: inout DashboardModel) {
        var operation = PoolModel.Operation(
            id: OperationID(number: 17),
            verb: .roll,
            pool: "web-prod",
            actor: "alice (uid 1000, pid 4711)",
            why: "new release",
            state: .running,
            createdAt: Demo.time(40)
        )
        operation.steps = (1...16).map { number in
            PoolModel.Operation.Step(
                worker: WorkerID(pool: "web-prod", number: number),
                state: number < 4 ? .succeeded : number == 4 ? .running : .queued,
                detail: number < 4 ? "healthy after 1.2 s" : number == 4 ? "draining, 2 requests left" : ""
            )
        }
        var state = Demo.state(second: 40)
        state.operations = [operation]
        Demo.apply(&model, .state(state))
    }
}
