import PoolModel
import PoolProfile
import Testing

/// Servers and locations that share an address: pools that are told apart by names and paths.
@Suite struct NginxHostsTests {
    private func convert(_ text: String) -> ProfileImport {
        ProfileImport.convert(supervisor: [], nginx: [ImportSource(file: "/etc/nginx/n.conf", text: text)])
    }

    private static let keys = "ssl_certificate c.pem; ssl_certificate_key k.pem;"

    private func server(_ text: String, port: Int) -> String {
        "server { \(text) location / { proxy_pass http://127.0.0.1:\(port); } }\n"
    }

    @Test func serversOfOneAddressAreToldApartByTheirNames() throws {
        let result = convert(
            server("listen 80; server_name a.example .b.example;", port: 1)
                + server("listen 80 default_server; server_name _;", port: 2)
        )
        let fronts = result.pools.map(\.spec.front)
        #expect(fronts.map(\.serverNames) == [["a.example", "b.example", "*.b.example"], []])
        #expect(fronts.map(\.isDefaultServer) == [false, true])
        #expect(fronts.allSatisfy { $0.listen == [.tcp(host: "0.0.0.0", port: 80)] })
        #expect(result.pools.flatMap(\.issues).filter(\.isError).isEmpty)
    }

    /// nginx's default is the first server where none says that it is.
    @Test func theFirstServerIsTheDefault() {
        let result = convert(
            server("listen 80; server_name a;", port: 1) + server("listen 80; server_name b;", port: 2)
        )
        #expect(result.pools.map(\.spec.front.isDefaultServer) == [true, false])
        // Alone it needs no word.
        #expect(
            convert(server("listen 80 default_server;", port: 1)).pools.map(\.spec.front.isDefaultServer) == [false]
        )
    }

    @Test func locationsOfOtherPoolsArePaths() throws {
        let result = convert(
            """
            server { listen 80; client_max_body_size 2m;
            location / { proxy_pass http://127.0.0.1:1; }
            location /api { proxy_pass http://127.0.0.1:2; client_max_body_size 9m; }
            location ^~ /api/v2/ { proxy_pass http://127.0.0.1:2; }
            location ~ \\.x$ { proxy_pass http://127.0.0.1:3; }
            location = /one { proxy_pass http://127.0.0.1:3; } }
            """
        )
        let fronts = result.pools.map(\.spec.front).filter { !$0.listeners.isEmpty }
        #expect(fronts.map(\.paths) == [[], ["/api"]])
        #expect(fronts.map(\.bodyBytesMax) == [2 << 20, 9 << 20])
        let lost = result.notes.filter { $0.directive == "location" && $0.kind == .lost }
        #expect(lost.map(\.line) == [5, 6])
        #expect(lost.allSatisfy { $0.reason.contains("a pool is chosen by the beginning of a path") })
    }

    @Test func aPathThatNginxCutsIsSaid() {
        let result = convert("server { location /app/ {\nproxy_pass http://127.0.0.1:1/; } }")
        #expect(result.pools.map(\.spec.front.paths) == [["/app"]])
        #expect(result.notes.contains { $0.line == 2 && $0.reason.contains("/app/ does not become /") })
        // Here nothing is cut.
        #expect(
            !convert("server { location / { proxy_pass http://127.0.0.1:1/; } }").notes.contains {
                $0.reason.contains("paths")
            }
        )
    }

    @Test func whatCannotBeSharedIsSaid() {
        let texts = [
            (
                server("listen 80; server_name a;", port: 1) + server("listen 80; server_name a;", port: 2),
                "for the same hosts"
            ),
            (server("listen 80;", port: 1) + server("listen 127.0.0.1:80; server_name a;", port: 2), "as 0.0.0.0:80"),
            (
                server("listen 80; server_name a;", port: 1)
                    + server("listen 80 ssl; server_name b; \(NginxHostsTests.keys)", port: 2), "either both speak TLS"
            ),
            (
                server("listen 80 ssl; server_name a; \(NginxHostsTests.keys)", port: 1)
                    + server("listen 80 ssl; server_name b; ssl_protocols TLSv1.3; \(NginxHostsTests.keys)", port: 2),
                "TLS at 0.0.0.0:80 is as the pool"
            ),
            (
                "upstream x { server 127.0.0.1:1; }\n" + server("listen 81; server_name b;", port: 1)
                    + "server { listen 82; location / { proxy_pass http://127.0.0.1:9; } location /x { proxy_pass http://x; } }",
                "is reached by other paths in another server"
            ),
            (server("server_name ~^x$;", port: 1), "a server_name is a host"),
        ]
        for (text, expected) in texts {
            let result = convert(text)
            #expect(result.notes.contains { $0.reason.contains(expected) }, "\(expected): \(result.notes)")
            #expect(result.pools.flatMap(\.issues).filter(\.isError).isEmpty, "\(result.pools.map(\.issues))")
        }
    }

    @Test func errorPagesAndGzipAreCarriedOver() throws {
        let result = convert(
            """
            http { gzip on; gzip_types application/json; gzip_min_length 1k;
            server { listen 80; root /srv/www; error_page 404 /404.html; error_page 500 502 /50x.html;
            location = /50x.html { root /srv/errors; internal; }
            location / { proxy_pass http://127.0.0.1:1; } } }
            """
        )
        let front = try #require(result.pools.first).spec.front
        #expect(
            front.errorPages == [
                ErrorPageSpec(statuses: [404], file: "/srv/www/404.html"),
                ErrorPageSpec(statuses: [500, 502], file: "/srv/errors/50x.html"),
            ]
        )
        #expect(front.gzip?.types == ["text/html", "application/json"])
        #expect(front.gzip?.bytesMin == 1024 && front.gzip?.level == 1)
        #expect(!result.notes.contains { $0.directive == "location" || $0.directive == "error_page" })
    }

    @Test func clientsCertificatesAndStaplesAreCarriedOver() throws {
        let result = convert(
            server(
                "listen 443 ssl; \(NginxHostsTests.keys) ssl_client_certificate ca.pem; ssl_verify_client optional; "
                    + "ssl_stapling_file s.der; http2 off;",
                port: 1
            )
        )
        let front = try #require(result.pools.first).spec.front
        let tls = try #require(front.listeners.first?.tls)
        #expect(tls.clients == ClientCertificates(mode: .optional, authorities: "/etc/nginx/ca.pem"))
        #expect(tls.certificates.first?.staple == "/etc/nginx/s.der")
        #expect(!front.http2)
    }

    /// A redirect for every host is that of all pools which speak TLS there.
    @Test func redirectsGoToThePoolsOfTheirNames() {
        let secure =
            server("listen 443 ssl; server_name a; \(NginxHostsTests.keys)", port: 1)
            + server("listen 443 ssl; server_name b; \(NginxHostsTests.keys)", port: 2)
        func redirected(_ names: String) -> [String] {
            let text = secure + "server { listen 80; \(names) return 301 https://$host$request_uri; }"
            return convert(text).pools.filter { $0.spec.front.listeners.contains { $0.redirect != nil } }
                .flatMap(\.spec.front.serverNames)
        }
        #expect(redirected("server_name b;") == ["b"])
        #expect(redirected("") == ["a", "b"])
        #expect(redirected("server_name elsewhere;") == ["a"])
    }

    @Test func luaIsSkippedWhole() {
        let result = convert(
            "init_by_lua_block {\n x = \"}\" -- don't { \n y = {1} }\n" + server("listen 80;", port: 1)
        )
        #expect(result.pools.count == 1)
        #expect(result.notes.filter { $0.kind == .invalid }.isEmpty, "\(result.notes)")
        #expect(result.notes.contains { $0.line == 1 && $0.directive == "init_by_lua_block" })
        #expect(convert("init_by_lua_block { {").notes.contains { $0.reason == "a block is not closed" })
    }
}
