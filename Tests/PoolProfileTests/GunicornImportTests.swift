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
                "2 lost import multiprocessing", "8 lost workers", "15 lost def on_starting(server):",
                "12 unneeded worker_class", "13 unneeded max_requests", "14 unneeded umask",
            ]
        )
    }

    @Test(arguments: [
        "f\"{x}\"", "os.environ['A']", "\"a\" + \"b\"", "[1, x]", "{\"a\": 1}", "\"\"\"x\"\"\"", "lambda: 1",
        "\"unclosed", "1.5", "[", "((((1))))",
    ])
    func whatIsNoLiteralIsNoted(value: String) {
        let notes = convert("wsgi_app = 'm:a'\ntimeout = \(value)\n").notes
        #expect(notes.map(\.directive) == ["timeout"])
        #expect(notes.first?.kind == .lost)
        #expect(notes.first?.line == 2)
    }

    @Test func withoutAnApplicationThatIsSaid() {
        #expect(convert("").notes.contains { $0.reason.contains("does not name the application") })
        let named = GunicornImport.convert(ImportSource(file: "g.py", text: ""), application: "app:make")
        #expect(named.notes.isEmpty)
        #expect(named.pools.first?.spec.worker.command[2] == "--config={profile}/g.py")
    }
}
