import PoolModel
import PoolProfile
import Testing

@Suite struct PageImportTests {
    private func convert(supervisor: String? = nil, nginx: [String] = []) -> ProfileImport {
        ProfileImport.convert(
            supervisor: supervisor.map { [ImportSource(file: "supervisord.conf", text: $0)] } ?? [],
            nginx: nginx.enumerated().map { ImportSource(file: "nginx\($0 + 1).conf", text: $1) }
        )
    }

    @Test func thePagesSnippetsBecomeAWorkingProfile() throws {
        let result = convert(supervisor: PageSnippets.supervisor, nginx: [PageSnippets.nginx, PageSnippets.upstream])
        let pool = try #require(result.pools.first)
        #expect(result.pools.count == 1)
        #expect(pool.issues.filter(\.isError).isEmpty, "\(pool.issues)\n\(pool.text)")
        let spec = pool.spec
        #expect(spec.workerIDs.map(\.description) == ["example_1", "example_2", "example_3", "example_4"])
        #expect(spec.worker.command == ["/path/to/aiohttp_example.py", "--path={socket}"])
        #expect(spec.worker.listen == "unix:/tmp/example_{n}.sock")
        #expect(spec.worker.user == "nobody")
        #expect(spec.worker.autorestart == .always)
        #expect(spec.front.listen == [.tcp(host: "0.0.0.0", port: 80)])
        #expect(spec.front.serverNames == ["example.com"])
        #expect(spec.front.bodyBytesMax == 4 << 30)
        #expect(spec.front.statics == [StaticSpec(prefix: "/static/", root: "/path/to/app/static/static")])
        #expect(spec.front.preserveHost)
        #expect(spec.balance.ejection.consecutiveFailures == 0)
        #expect(
            result.notes.map { "\($0.file):\($0.line) \($0.kind) \($0.directive)" } == [
                "nginx1.conf:10 changed proxy_set_header",
                "nginx1.conf:11 unneeded proxy_redirect", "nginx1.conf:12 unneeded proxy_buffering",
                "nginx1.conf:18 changed root",
            ]
        )
        for note in result.notes where note.kind == .lost { #expect(pool.text.contains(note.description)) }
    }

    @Test func thePagesPortsBecomeATemplate() throws {
        let supervisor = PageSnippets.supervisor
            .replacing("command=/path/to/aiohttp_example.py --path", with: "; command=x --path")
            .replacing(
                "; command=/path/to/aiohttp_example.py --port",
                with: "command=/path/to/aiohttp_example.py --port"
            )
        let upstream = PageSnippets.upstream
            .replacing("    server unix", with: "    # server unix").replacing(
                "    # server 127",
                with: "    server 127"
            )
        let result = convert(supervisor: supervisor, nginx: [PageSnippets.nginx, upstream])
        let spec = try #require(result.pools.first?.spec)
        #expect(result.pools.count == 1)
        #expect(spec.worker.command == ["/path/to/aiohttp_example.py", "--port={port}"])
        let command = try WorkerCommand(spec, number: 4, runDirectory: "/run/pool/example", profileDirectory: "/etc")
        #expect(command.arguments.last == "--port=8084")
        #expect(command.address == .tcp(host: "127.0.0.1", port: 8084))
        #expect(spec.front.listen == [.tcp(host: "0.0.0.0", port: 80)])
    }

    @Test func nginxAloneLacksOnlyTheCommand() throws {
        let result = convert(nginx: [PageSnippets.nginx, PageSnippets.upstream])
        let pool = try #require(result.pools.first)
        #expect(pool.name == "aiohttp")
        #expect(pool.spec.workers == 4)
        #expect(pool.spec.worker.listen == "unix:/tmp/example_{n}.sock")
        #expect(result.notes.contains { $0.reason.contains("write [worker] command") })
    }

    @Test func theGunicornPageWithSSLSpeaksTLSAndRedirects() throws {
        let result = convert(nginx: [PageSnippets.gunicornSSL])
        let pool = try #require(result.pools.first)
        let tls = TLSSpec(certificates: [
            CertificateFiles(certificate: "/etc/secrets/cert.pem", key: "/etc/secrets/key.pem")
        ])
        #expect(pool.spec.front.bodyBytesMax == 200 << 20)
        #expect(
            pool.spec.front.listeners == [
                FrontListener(.tcp(host: "0.0.0.0", port: 443), tls: tls),
                FrontListener(.tcp(host: "::", port: 443), tls: tls),
                FrontListener(.tcp(host: "0.0.0.0", port: 80), redirect: HTTPSRedirect()),
            ]
        )
        #expect(pool.spec.worker.listen == "127.0.0.1:8080")
        #expect(pool.issues.filter(\.isError).isEmpty, "\(pool.issues)\n\(pool.text)")
        // What starts the workers is all that nginx does not know.
        #expect(result.notes.filter { $0.kind == .lost }.map(\.reason).allSatisfy { $0.contains("[worker] command") })
        #expect(!result.notes.contains { $0.kind == .invalid })
    }

    @Test func gunicornBehindNginxIsOnePool() throws {
        let config = ImportSource(
            file: "gunicorn.conf.py",
            text: "wsgi_app = 'my_app_module:my_web_app'\nbind = 'localhost:8080'\nworkers = 3\n"
        )
        let nginx = ImportSource(file: "nginx.conf", text: PageSnippets.gunicornSSL)
        let result = ProfileImport.convert(supervisor: [], nginx: [nginx], gunicorn: [config])
        let pool = try #require(result.pools.first)
        #expect(result.pools.count == 1)
        #expect(pool.spec.workers == 3)
        #expect(pool.spec.front.listeners.count == 3)
        // Clients no longer come by gunicorn's own address: it belongs to no one.
        #expect(!pool.spec.front.listen.contains(.tcp(host: "localhost", port: 8080)))
        #expect(pool.issues.filter(\.isError).isEmpty, "\(pool.issues)")
    }

    @Test func supervisordAloneMakesAPoolWithoutAFront() throws {
        let pool = try #require(convert(supervisor: PageSnippets.supervisor).pools.first)
        #expect(pool.spec.front.listen.isEmpty)
        #expect(pool.issues.filter(\.isError).isEmpty)
    }
}
