import PoolModel
import PoolProfile
import Testing

@Suite struct GunicornImportTests {
    private func convert(_ text: String) -> ProfileImport {
        GunicornImport.convert(ImportSource(file: "/srv/gunicorn.conf.py", text: text))
    }

    @Test func literalsAreReadAndNoCodeIsRun() throws {
        let result = convert(
            """
            # comment
            import multiprocessing
            wsgi_app = "my_app_module:my_web_app"
            bind = [
                '127.0.0.1:8000',  # first ]
                "[::1]:8000",
            ]
            workers = multiprocessing.cpu_count() * 2 + 1
            workers = 3
            keepalive = 5
            graceful_timeout = 20
            worker_class = 'aiohttp.GunicornWebWorker'
            max_requests = 1_000
            umask = 0o27
            def on_starting(server):
                workers = 99
            """
        )
        let pool = try #require(result.pools.first)
        #expect(pool.issues.isEmpty, "\(pool.issues)\n\(pool.text)")
        #expect(pool.name == "my_app_module")
        #expect(pool.spec.workers == 3)
        #expect(pool.spec.front.listen.map(\.description) == ["127.0.0.1:8000", "[::1]:8000"])
        #expect(pool.spec.front.timeouts.upstreamIdle == .seconds(4))
        #expect(pool.spec.worker.stopTimeout == .seconds(25))
        #expect(
            pool.spec.worker.command == [
                "gunicorn", "my_app_module:my_web_app", "--config=/srv/gunicorn.conf.py", "--bind=unix:{socket}",
                "--workers=1",
            ]
        )
        #expect(
            result.notes.map { "\($0.line) \($0.kind) \($0.directive)" } == [
                "2 unneeded import multiprocessing", "8 changed workers", "12 unneeded worker_class",
                "13 unneeded max_requests", "14 unneeded umask", "15 unneeded def on_starting(server):",
                "16 lost workers",
            ]
        )
    }

    @Test(arguments: [
        "f\"{x}\"", "os.environ['A']", "os.environ.get('A', x)", "[1, x]", "{\"a\": 1}", "\"\"\"x\"\"\"", "lambda: 1",
        "\"unclosed", "1.5", "[", "((((x))))",
    ])
    func whatIsNoLiteralIsNoted(value: String) {
        let notes = convert("wsgi_app = 'm:a'\nchdir = \(value)\n").notes
        #expect(notes.map(\.directive) == ["chdir"])
        #expect(notes.first?.kind == .lost)
        #expect(notes.first?.line == 2)
        // gunicorn reads by itself what the profile does not need.
        #expect(convert("wsgi_app = 'm:a'\ntimeout = \(value)\n").notes.map(\.kind) == [.unneeded])
    }

    @Test func withoutAnApplicationThatIsSaid() {
        #expect(convert("").notes.contains { $0.reason.contains("does not name the application") })
        let named = GunicornImport.convert(ImportSource(file: "g.py", text: ""), application: "app:make")
        #expect(named.notes.isEmpty)
        #expect(named.pools.first?.spec.worker.command[2] == "--config={profile}/g.py")
    }

    /// The expressions of gunicorn's own documentation and of most set-ups, without running anything.
    @Test(arguments: [
        ("workers = multiprocessing.cpu_count() * 2 + 1", 9), ("workers = os.cpu_count()", 4),
        ("workers = int(os.environ.get('COUNT', '2'))", 7), ("workers = os.getenv(\"NONE\", 3)", 3),
        ("workers = (1 + 2) * 3  # nine", 9), ("workers = os.environ['COUNT']", 7),
    ])
    func whatIsSimpleEnoughIsComputed(line: String, workers: Int) throws {
        let environment = ImportEnvironment(variables: ["COUNT": "7", "PORT": "8123"], processors: 4)
        let source = ImportSource(
            file: "g.py",
            text: "wsgi_app = 'm:a'\nbind = '127.0.0.1:' + os.environ.get('PORT', '8000')\n\(line)\n"
        )
        let result = GunicornImport.convert(source, environment: environment)
        let spec = try #require(result.pools.first).spec
        #expect(spec.workers == workers)
        #expect(spec.front.listen.map(\.description) == ["127.0.0.1:8123"])
        #expect(result.notes.map(\.kind) == [.changed, .changed])
        #expect(result.notes[1].reason.contains("it is \(workers)"))
    }

    @Test(arguments: [
        "open('x')", "9223372036854775807 * 2", "int('x')", "1 +", "(1", "os.environ.get(1)", "f('x')", "-1",
        "eval('1')", "__import__('os').system('x')",
    ])
    func whatIsNotIsSaid(value: String) {
        let notes = convert("wsgi_app = 'm:a'\nworkers = \(value)\n").notes
        #expect(notes.map(\.directive) == ["workers"])
        #expect(notes.first?.kind == .lost, "\(notes)")
    }

    /// Code that says something of what the profile needs is not taken for gunicorn's own business.
    @Test(arguments: ["workers, threads = 3, 2", "keepalive += 1", "workers: int = 3", "if x: workers = 3"])
    func codeAboutWhatIsNeededIsLost(line: String) {
        let notes = convert("wsgi_app = 'm:a'\n\(line)\n").notes
        #expect(notes.map(\.kind) == [.lost], "\(notes)")
    }
}
