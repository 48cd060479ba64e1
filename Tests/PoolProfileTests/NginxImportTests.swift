import PoolModel
import PoolProfile
import Testing

@Suite struct NginxImportTests {
    private func convert(_ text: String, include: @escaping ImportInclude = { _, _ in [] }) -> ProfileImport {
        ProfileImport.convert(supervisor: [], nginx: [ImportSource(file: "n.conf", text: text)], include: include)
    }

    private func spec(upstream: String = "server 127.0.0.1:8001;", server: String = "", location: String = "") throws
        -> PoolSpec
    {
        let text =
            "upstream a {\n\(upstream)\n}\nserver {\n\(server)\nlocation / {\n\(location)\nproxy_pass http://a;\n}\n}\n"
        return try #require(convert(text).pools.first).spec
    }

    @Test func everyDirectiveWithAMeaningIsCarriedOver() throws {
        let spec = try spec(
            upstream:
                "least_conn; server 127.0.0.1:8001 max_fails=3 fail_timeout=20s max_conns=7; server 127.0.0.1:8002;",
            server: """
                listen 8080; listen [::]:8080; listen unix:/run/f.sock proxy_protocol;
                client_max_body_size 10m; keepalive_timeout 65; client_header_timeout 5s;
                set_real_ip_from 10.0.0.0/8; add_header X-Frame-Options "DENY" always; access_log /var/log/a.log combined;
                large_client_header_buffers 4 16k;
                """,
            location: """
                proxy_read_timeout 90s; proxy_connect_timeout 2s; proxy_set_header X-A "b c"; proxy_set_header Accept-Encoding "";
                proxy_set_header Host $proxy_host; proxy_hide_header X-Powered-By;
                """
        )
        #expect(spec.workers == 2)
        #expect(spec.worker.listen == "127.0.0.1:{8000+n}")
        #expect(spec.balance.algorithm == .leastInFlight)
        #expect(spec.balance.inFlightMax == 7)
        #expect(spec.balance.ejection.consecutiveFailures == 3)
        #expect(spec.balance.ejection.duration == .seconds(20))
        #expect(spec.front.listen.map(\.description) == ["0.0.0.0:8080", "[::]:8080", "unix:/run/f.sock"])
        #expect(spec.front.acceptProxyProtocol)
        #expect(spec.front.bodyBytesMax == 10 << 20)
        #expect(spec.front.timeouts.clientIdle == .seconds(65))
        #expect(spec.front.timeouts.requestHead == .seconds(5))
        #expect(spec.front.timeouts.firstByte == .seconds(90))
        #expect(spec.front.timeouts.betweenBytes == .seconds(90))
        #expect(spec.front.timeouts.connect == .seconds(2))
        #expect(spec.front.trustedProxies == ["10.0.0.0/8"])
        #expect(
            spec.front.requestHeaders == [
                HeaderRule(name: "X-A", value: "b c"), HeaderRule(name: "Accept-Encoding", value: nil),
            ]
        )
        #expect(
            spec.front.responseHeaders == [
                HeaderRule(name: "X-Frame-Options", value: "DENY"), HeaderRule(name: "X-Powered-By", value: nil),
            ]
        )
        #expect(spec.front.accessLog == AccessLogSpec(format: "combined", path: "/var/log/a.log"))
        #expect(!spec.front.preserveHost)
        #expect(spec.front.limits.headBytesMax == 64 << 10)
        #expect(spec.front.limits.requestLineBytesMax == 16 << 10)
    }

    @Test(
        arguments: [
            ("ip_hash;", BalanceSpec.Algorithm.consistentHash, "address"),
            ("hash $cookie_sid consistent;", .consistentHash, "cookie:sid"),
            ("hash $http_x_user;", .consistentHash, "header:x-user"), ("random two;", .twoChoices, nil),
            ("sticky cookie srv;", .stickyCookie, "srv"), ("", .roundRobin, nil),
        ] as [(String, BalanceSpec.Algorithm, String?)]
    )
    func balancing(directive: String, algorithm: BalanceSpec.Algorithm, key: String?) throws {
        let spec = try spec(upstream: "\(directive) server 127.0.0.1:8001;")
        #expect(spec.balance.algorithm == algorithm)
        #expect(spec.balance.key == key)
    }

    @Test(arguments: [
        ("unix:/a/w8.sock;unix:/a/w9.sock;unix:/a/w10.sock", "unix:/a/w{n}.sock", 8),
        ("unix:/a/w10.sock;unix:/a/w11.sock", "unix:/a/w{n}.sock", 10),
        ("unix:/{x}/1/2.sock;unix:/{x}/1/3.sock", "unix:/{{x}}/1/{n}.sock", 2),
        ("127.0.0.1:8010;127.0.0.1:8009", "127.0.0.1:{8008+n}", 1),
        ("[::1]:9001;[::1]:9002", "[::1]:{9000+n}", 1),
        ("unix:/only.sock", "unix:/only.sock", 1),
    ])
    func addressesBecomeATemplate(addresses: String, listen: String, first: Int) throws {
        let upstream = addresses.split(separator: ";").map { "server \"\($0)\";" }.joined(separator: " ")
        let spec = try spec(upstream: upstream)
        #expect(spec.worker.listen == listen)
        #expect(spec.first == first)
        #expect(spec.workers == addresses.split(separator: ";").count)
    }

    /// Each directive that is not carried over is said, with its line.
    @Test(arguments: [
        ("brotli on;", "lost"), ("server_tokens off;", "unneeded"), ("ssl_protocols TLSv1.3;", "lost"),
        ("frobnicate 1;", "lost"),
        ("proxy_set_header X-T $request_time;", "lost"), ("add_header X $host;", "lost"),
        ("proxy_buffering on;", "changed"),
        ("gzip_types x;", "lost"), ("proxy_read_timeout soon;", "lost"),
        ("access_log /x custom;", "changed"),
        ("if ($a) { return 403; }", "lost"), ("proxy_set_header Content-Length 5;", "lost"),
    ])
    func whatIsNotCarriedOverIsSaid(directive: String, kind: String) {
        for text in [
            "http {\n\(directive)\nserver { location / { proxy_pass http://127.0.0.1:1; } } }",
            "server { location / { proxy_pass http://127.0.0.1:1;\n\(directive) } }",
            "http {\n\(directive)\nserver { listen 80; return 301 https://x; } }", "http {\n\(directive)\n}",
            "server { location / { proxy_pass http://127.0.0.1:1; }\nlocation /x {\n\(directive)\nproxy_pass http://127.0.0.1:2; } }",
        ] {
            let notes = convert(text).notes
            let isSaid = notes.contains { directive.contains($0.directive) && ($0.line == 2 || $0.line == 3) }
            #expect(isSaid, "\(text)\n\(notes)")
        }
        let notes = convert("server { location / { proxy_pass http://127.0.0.1:1;\n\(directive) } }").notes
        #expect(notes.first { $0.line == 2 && directive.contains($0.directive) }?.kind.rawValue == kind, "\(notes)")
    }

    /// What an upstream's server may say besides its address: carried over, or said with its line and the reason.
    @Test(arguments: [
        ("weight=0", "invalid: weight=0: expected a number within 1 to 256"),
        ("weight=257", "invalid: weight=257: expected a number within 1 to 256"),
        ("backup", "lost: backup: no worker is only a reserve"),
        ("down", "changed: down: its worker runs, and gets no requests"), ("resolve", "lost: resolve: no counterpart"),
        ("max_fails=x", "invalid: max_fails=x: expected a number"),
        ("max_conns=-1", "invalid: max_conns=-1: expected a number"),
        ("fail_timeout=soon", "invalid: fail_timeout=soon: expected a time"),
        ("slow_start=soon", "invalid: slow_start=soon: expected a time"),
    ])
    func whatAServerCannotSayHereIsListed(parameter: String, expected: String) {
        let text = "upstream a {\n  server 127.0.0.1:1 \(parameter);\n}\nserver { location / { proxy_pass http://a; } }"
        let notes = convert(text).notes.map(\.description)
        #expect(notes.contains { $0.contains(":2:22: \(expected)") }, "\(notes)")
    }

    @Test(
        arguments: [
            ("server 127.0.0.1:1 weight=1; server 127.0.0.1:2;", nil),
            ("server 127.0.0.1:1 weight=3; server 127.0.0.1:2;", [1: 3]),
            ("server 127.0.0.1:9 weight=256; server 127.0.0.1:8 down; server 127.0.0.1:10;", [2: 256, 1: 0]),
            ("server unix:/a_3.sock down weight=5; server unix:/a_4.sock weight=5 down;", [3: 0, 4: 0]),
            ("server unix:/a_7.sock; server unix:/a_6.sock weight=2; server unix:/a_5.sock;", [6: 2]),
        ] as [(String, [Int: Int]?)]
    )
    func weightsFollowTheirWorkers(servers: String, weights: [Int: Int]?) throws {
        #expect(try spec(upstream: servers).balance.weights == weights)
    }

    @Test func whatAServerMaySayIsCarriedOver() throws {
        let balance = try spec(upstream: "server 127.0.0.1:1 weight=1 max_fails=0 max_conns=0 slow_start=30s;").balance
        #expect(balance.ejection.consecutiveFailures == 0)
        #expect(balance.inFlightMax == nil)
        #expect(balance.slowStart == .seconds(30))
    }

    @Test(arguments: [
        ("server {", "a block is not closed"), ("}", "a '}' without a '{'"),
        ("listen 80", "expected ';' behind the directive"),
        ("server { listen 80 }", "expected ';' behind the directive"), ("a \"b;", "a quote is not closed"),
        ("server { location / { proxy_pass http://nowhere; } }", "there is no upstream nowhere"),
        ("server { location / { proxy_pass https://127.0.0.1:1; } }", "expected http://upstream"),
        (
            "upstream a { server example.com:80; } server { location / { proxy_pass http://a; } }",
            "\"example.com\" is no address of a host"
        ),
        (
            "upstream a { server unix:/a.sock; server unix:/b.sock; } server { location / { proxy_pass http://a; } }",
            "are no sequence"
        ),
        ("upstream a { server unix:/a.sock; }", "no server passes requests to this upstream"),
        (
            "upstream a { server 127.0.0.1:1 weight=2 backup down; } server { location / { proxy_pass http://a/x; } }",
            "paths are passed on unchanged"
        ),
        ("server { listen 99999; location / { proxy_pass http://127.0.0.1:1; } }", "is not within 1 to 65535"),
        (String(repeating: "a { ", count: 100), "nested too deeply"),
        ("include x/*.conf;", "was not found"),
    ])
    func whatCannotBeReadIsSaid(text: String, expected: String) {
        let notes = convert(text).notes
        #expect(notes.contains { $0.reason.contains(expected) }, "\(notes)")
    }

    /// Of the directives that are lists a level that has one inherits none.
    @Test func anInnerListTakesTheOuterOutOfForce() throws {
        let text = """
            http {
            error_page 502 503 /a.html; root /srv; add_header X-A 1; gzip_vary on;
            upstream a { server 127.0.0.1:8001; }
            server { listen 80; error_page 502 /b.html; add_header X-B 2; location / { proxy_pass http://a; } }
            }
            """
        let result = convert(text)
        let front = try #require(result.pools.first).spec.front
        #expect(front.errorPages == [ErrorPageSpec(statuses: [502], file: "/srv/b.html")])
        #expect(front.responseHeaders == [HeaderRule(name: "X-B", value: "2")])
        for name in ["error_page", "add_header"] {
            #expect(result.notes.contains { $0.directive == name && $0.reason.hasPrefix("not in force") }, "\(name)")
        }
    }

    /// A profile has one value where nginx may have several: what is left out is said.
    @Test(arguments: [
        ("add_header Link a; add_header Link b;", "", "add_header"),
        ("access_log /a; access_log /b;", "", "access_log"),
        ("error_page 502 /a.html; root /srv;", "error_page 502 /b.html; root /srv;", "server"),
    ])
    func whatAPoolHasOnlyOneOfIsSaid(_ one: String, _ other: String, _ token: String) {
        let text = """
            upstream a { server 127.0.0.1:8001; }
            server { listen 80; server_name a; \(one) location / { proxy_pass http://a; } }
            server { listen 80; server_name b; \(other) location / { proxy_pass http://a; } }
            """
        let result = convert(text)
        #expect(result.notes.contains { $0.directive == token && $0.kind == .lost }, "\(result.notes)")
        #expect(result.pools.count == 1)
        #expect(!result.pools[0].issues.contains { $0.isError }, "\(result.pools[0].issues)")
    }

    /// One server of a pool compresses, the other says nothing of it.
    @Test func gzipOfOneServerIsNotWipedByAnother() throws {
        let text = """
            gzip_vary on;
            upstream a { server 127.0.0.1:8001; }
            server { listen 80; server_name a; gzip on; gzip_types text/css * application/json;
                location / { proxy_pass http://a; } }
            server { listen 80; server_name b; location / { proxy_pass http://a; } }
            """
        let result = convert(text)
        #expect(result.pools.first?.spec.front.gzip?.types == ["text/html", "text/css", "application/json"])
        #expect(result.notes.contains { $0.directive == "*" && $0.kind == .lost })
    }

    /// Clients that nginx asks for a certificate are asked by the pool, or the loss is said.
    @Test(
        arguments: [
            ("ssl_verify_client on; ssl_client_certificate /c.pem;", "/c.pem", ImportNote.Kind.changed),
            ("ssl_verify_client on; ssl_trusted_certificate /t.pem;", "/t.pem", .changed),
            ("ssl_verify_client on;", nil, .lost),
            ("ssl_verify_client optional_no_ca; ssl_client_certificate /c;", nil, .lost),
        ] as [(String, String?, ImportNote.Kind)]
    )
    func theQuestionForCertificatesIsNotLostSilently(_ text: String, _ file: String?, _ kind: ImportNote.Kind) throws {
        let result = convert(
            """
            upstream a { server 127.0.0.1:8001; }
            server { listen 443 ssl; ssl_certificate /a.pem; ssl_certificate_key /a.key; \(text)
                location / { proxy_pass http://a; } }
            """
        )
        let listener = try #require(result.pools.first?.spec.front.listeners.first)
        #expect(listener.tls?.clients?.authorities == file)
        #expect(result.notes.filter { $0.directive == "ssl_verify_client" }.map(\.kind) == [kind], "\(result.notes)")
    }

    /// A server that sends plain clients to https and serves the others is both.
    @Test func aServerThatRedirectsOnlyPlainClientsKeepsItsPool() throws {
        let result = convert(
            """
            upstream a { server 127.0.0.1:8001; }
            server { listen 80; listen 443 ssl; server_name shop.example.org;
                ssl_certificate /a.pem; ssl_certificate_key /a.key;
                if ($scheme != "https") { return 301 https://$host$request_uri; }
                location / { proxy_pass http://a; } }
            """
        )
        let front = try #require(result.pools.first).spec.front
        #expect(front.listeners.count == 2)
        for listener in front.listeners {
            let isSecure = listener.address == .tcp(host: "0.0.0.0", port: 443)
            #expect((listener.tls != nil) == isSecure && (listener.redirect != nil) == !isSecure, "\(listener)")
        }
        #expect(front.serverNames == ["shop.example.org"])
        #expect(!result.notes.contains { $0.kind == .lost && $0.line > 1 }, "\(result.notes)")
    }

    /// One that sends a single host elsewhere goes on serving.
    @Test func aServerThatRedirectsOneHostKeepsItsPool() throws {
        let result = convert(
            """
            upstream a { server 127.0.0.1:8001; }
            server { listen 443 ssl; ssl_certificate /a.pem; ssl_certificate_key /a.key;
                if ($host = www.example.org) { return 301 https://example.org$request_uri; }
                location / { proxy_pass http://a; } }
            """
        )
        #expect(result.pools.first?.spec.front.listeners.count == 1)
        #expect(result.notes.contains { $0.directive == "if" && $0.kind == .lost }, "\(result.notes)")
    }

    /// Relative files are found from where the profile is written.
    @Test(
        arguments: [
            (nil, "conf/ssl/a.pem"), ("/work", "conf/ssl/a.pem"), ("/etc/pool", "/work/conf/ssl/a.pem"),
            ("other", "/work/conf/ssl/a.pem"),
        ] as [(String?, String)]
    )
    func relativeFilesAreFoundFromTheProfile(_ output: String?, _ expected: String) throws {
        let text = """
            upstream a { server 127.0.0.1:8001; }
            server { listen 443 ssl; ssl_certificate ssl/a.pem; ssl_certificate_key ssl/a.key;
                location / { proxy_pass http://a; } }
            """
        let result = ProfileImport.convert(
            supervisor: [],
            nginx: [ImportSource(file: "conf/nginx.conf", text: text)],
            gunicorn: [ImportSource(file: "conf/gunicorn.conf.py", text: "wsgi_app = 'shop:app'")],
            environment: ImportEnvironment(directory: "/work", output: output)
        )
        let listener = result.pools.flatMap(\.spec.front.listeners).first { $0.tls != nil }
        let certificate = listener?.tls?.certificates.first?.certificate
        #expect(certificate == (expected.hasPrefix("/") ? "" : "./") + expected)
        let config = expected.replacing("ssl/a.pem", with: "gunicorn.conf.py")
        let command = result.pools.flatMap(\.spec.worker.command)
        #expect(command.contains("--config=" + (config.hasPrefix("/") ? "" : "{profile}/") + config), "\(command)")
    }

    @Test func includesAreFollowedAtEveryDepthAndBounded() throws {
        let result = convert("http { include sites/*; }") { pattern, _ in
            switch pattern {
            case "sites/*": [ImportSource(file: "site", text: "server { include loc; }")]
            case "loc": [ImportSource(file: "loc", text: "location / { proxy_pass http://unix:/a.sock:/; }")]
            default: []
            }
        }
        #expect(try #require(result.pools.first).spec.worker.listen == "unix:/a.sock")
        let loop = convert("include me;") { _, _ in
            [ImportSource(file: "me", text: "include me; include me;"), ImportSource(file: "me", text: "include me;")]
        }
        #expect(loop.notes.contains { $0.reason.contains("files were not read: more than 256") })
    }

    @Test func variablesInBracesBelongToTheWord() {
        let notes = convert("server { location / { proxy_pass http://127.0.0.1:1; proxy_set_header A ${host}x; } }")
            .notes
        #expect(notes.contains { $0.reason.hasSuffix("${host}x") })
        #expect(!notes.contains { $0.kind == .invalid })
    }
}
