import PoolModel
import PoolProfile
import Testing

@Suite struct ProfileExportTests {
    private func export(_ kind: ProfileExport.Kind, _ more: String = "", worker: String = "", first: Int = 1) throws
        -> ProfileExport
    {
        let text = """
            [pool]
            name = "example"
            workers = 4
            first = \(first)
            [worker]
            command = ["/srv/app.py", "--path={socket}", "--name={name}", "100%", "a b"]
            listen = "unix:/tmp/example_{n}.sock"
            environment = { A = "x" }
            \(worker)
            \(more)
            """
        let decoded = Profile.decode(text: text, file: "/srv/p.toml")
        return ProfileExport.convert(
            try #require(decoded.profile, "\(decoded.issues)"),
            to: kind,
            runtimeDirectory: "/run/pool"
        )
    }

    @Test func supervisordGetsThePagesWords() throws {
        let text = try #require(try export(.supervisord).files.first).text
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in [
            "[program:example]", "process_name=example_%(process_num)s", "numprocs=4", "numprocs_start=1",
            "command=/srv/app.py --path=/tmp/example_%(process_num)s.sock --name=example_%(process_num)s 100%% 'a b'",
            "environment=A=\"x\"", "autorestart=true", "directory=/srv",
        ] { #expect(lines.contains(line), "\(line) is not in\n\(text)") }
    }

    /// The way there and back.
    @Test func whatSupervisordGetsImportsAgain() throws {
        let text = try #require(
            try export(.supervisord, worker: "user = \"nobody\"\nstop_timeout = \"7s\"").files.first
        ).text
        let again = ProfileImport.convert(supervisor: [ImportSource(file: "s.conf", text: text)], nginx: [])
        let spec = try #require(again.pools.first).spec
        #expect(spec.name == "example" && spec.workers == 4 && spec.first == 1)
        #expect(spec.worker.listen == "unix:/tmp/example_{n}.sock")
        #expect(spec.worker.user == "nobody")
        #expect(spec.worker.stopTimeout == .seconds(7))
        #expect(spec.worker.environment == ["A": "x"])
    }

    /// `808%(process_num)s` is all that supervisord has for a sum; where that is wrong each worker has its own program.
    @Test func portsAreOneProgramOnlyWhereTheyCanBe() throws {
        func convert(workers: Int) throws -> ProfileExport {
            let text = """
                [pool]
                name = "p"
                workers = \(workers)
                [worker]
                command = ["/srv/app.py", "--port={port}"]
                listen = "127.0.0.1:{8080+n}"
                """
            let profile = try #require(Profile.decode(text: text, file: "/p.toml").profile)
            return ProfileExport.convert(profile, to: .supervisord, runtimeDirectory: "/run/pool")
        }
        let nine = try #require(try convert(workers: 9).files.first).text
        #expect(nine.contains("--port=808%(process_num)s\n"))
        let twelve = try #require(try convert(workers: 12).files.first).text
        #expect(twelve.contains("[program:p_12]\ncommand=/srv/app.py --port=8092\n"))
        #expect(twelve.contains("[group:p]\nprograms=p_1,p_2,"))
    }

    @Test func systemdGetsATemplateUnit() throws {
        let file = try #require(
            try export(.systemd, worker: "limits = { nofile = 512 }\nautorestart = \"unexpected\"\nexit_codes = [0, 3]")
                .files.first
        )
        #expect(file.name == "example@.service")
        for line in [
            "ExecStart=/srv/app.py --path=/tmp/example_%i.sock --name=example_%i 100%% \"a b\"", "LimitNOFILE=512",
            "Restart=on-failure", "SuccessExitStatus=3", "Environment=A=x", "TimeoutStopSec=10000ms",
        ] { #expect(file.text.contains("\n\(line)\n"), "\(line) is not in\n\(file.text)") }
    }

    @Test func nginxGetsTheFront() throws {
        let file = try #require(
            try export(
                .nginx,
                """
                [front]
                listen = ["0.0.0.0:80", { address = "0.0.0.0:443", tls = { certificate = "/c.pem", key = "/k.pem" } },
                    { address = "0.0.0.0:81", redirect_https = true }]
                client_max_body_size = "4G"
                static = { prefix = "/static/", root = "/srv/static" }
                response_headers = { X-A = "b" }
                server_name = ["example.org", "*.example.org"]
                default_server = true
                gzip = { types = ["text/html", "application/json"], min_size = 100, level = 3 }
                error_page = { status = [502, 504], file = "/srv/errors/down.html" }
                [balance]
                algorithm = "least-in-flight"
                [balance.ejection]
                consecutive_failures = 0
                """
            ).files.first
        )
        for line in [
            "server unix:/tmp/example_4.sock max_fails=0;", "least_conn;", "listen 0.0.0.0:80 default_server;",
            "listen 0.0.0.0:443 ssl http2 default_server;", "server_name example.org *.example.org;", "gzip on;",
            "gzip_types application/json;", "gzip_min_length 100;", "gzip_comp_level 3;",
            "error_page 502 504 /pool-error-0.html;",
            "location = /pool-error-0.html { internal; alias \"/srv/errors/down.html\"; }",
            "client_max_body_size 4294967296;", "alias \"/srv/static/\";", "add_header X-A \"b\" always;",
            "location / { return 301 https://$host$request_uri; }", "ssl_certificate \"/c.pem\";",
        ] { #expect(file.text.contains(line), "\(line) is not in\n\(file.text)") }
    }

    /// Each key that is given is either carried over or said: nothing is dropped silently.
    @Test(arguments: ProfileExport.Kind.allCases)
    func everyKeyIsAccountedFor(kind: ProfileExport.Kind) throws {
        let result = try export(
            kind,
            """
            [front]
            listen = "127.0.0.1:8080"
            [front.limits]
            queue_max = 5
            [health]
            path = "/health"
            """,
            worker: "rss_max = \"1G\"\nwatchdog = \"5s\"\ndrain_timeout = \"3s\""
        )
        let said = Set(result.notes.map(\.directive))
        switch kind {
        case .nginx:
            #expect(said.isSuperset(of: ["front.limits.queue_max", "health.path", "worker.rss_max"]))
            #expect(!said.contains("front.listen"))
        case .supervisord:
            #expect(said.isSuperset(of: ["worker.rss_max", "worker.watchdog", "worker.drain_timeout", "front.listen"]))
        case .systemd:
            #expect(said.isSuperset(of: ["worker.rss_max", "worker.drain_timeout", "front.listen"]))
            #expect(!said.contains("worker.watchdog"))
        }
        #expect(result.notes.filter { $0.kind == .lost }.allSatisfy { $0.line > 1 })
    }
}
