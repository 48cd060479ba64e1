import PoolModel
import PoolProfile
import Testing

/// TLS, redirects and files in `[front]`.
@Suite struct ListenerTests {
    private func decode(_ front: String) -> Profile.Decoded {
        Profile.decode(
            text: "[pool]\nname = \"a\"\n[worker]\ncommand = [\"app\"]\n[front]\n\(front)\n",
            file: "/srv/site/a.toml"
        )
    }

    @Test func listenersAreRead() throws {
        let decoded = decode(
            """
            listen = [
              "0.0.0.0:8080",
              { address = "[::]:443", tls = { certificate = ["a.pem", "/etc/b.pem"], key = ["a.key", "b.key"], min_version = "1.3" } },
              { address = "0.0.0.0:443", tls = { certificate = "both.pem" } },
              { address = "0.0.0.0:80", redirect_https = true, acme_webroot = "acme" },
            ]
            hsts = "1h"
            [[front.static]]
            prefix = "/static"
            root = "public"
            index = "index.html"
            """
        )
        #expect(decoded.errors.isEmpty, "\(decoded.errors)")
        let front = try #require(decoded.spec?.front)
        #expect(front.listen.map(\.description) == ["0.0.0.0:8080", "[::]:443", "0.0.0.0:443", "0.0.0.0:80"])
        #expect(
            front.listeners[1].tls
                == TLSSpec(
                    certificates: [
                        CertificateFiles(certificate: "/srv/site/a.pem", key: "/srv/site/a.key"),
                        CertificateFiles(certificate: "/etc/b.pem", key: "/srv/site/b.key"),
                    ],
                    versionMin: .v13
                )
        )
        let both = "/srv/site/both.pem"
        #expect(front.listeners[2].tls?.certificates == [CertificateFiles(certificate: both, key: both)])
        #expect(front.listeners[3].redirect == HTTPSRedirect(acmeRoot: "/srv/site/acme"))
        #expect(front.strictTransport == .seconds(3600))
        #expect(front.statics.map(\.prefix) == ["/static/"])
        #expect(front.statics[0].root == "/srv/site/public")
        let text = ProfileWriter.text(try #require(decoded.spec))
        #expect(Profile.decode(text: text, file: "/srv/site/a.toml").spec == decoded.spec, "\(text)")
    }

    private func pair(_ one: String, _ two: String) -> Profile.DecodedSet {
        let files = [one, two].enumerated().map { index, front in
            (
                file: "/srv/\(index).toml",
                text: "[pool]\nname = \"p\(index)\"\n[worker]\ncommand = [\"app\"]\n[front]\n\(front)\n"
            )
        }
        return Profile.decodeAll(files)
    }

    @Test func poolsMayShareAnAddress() {
        let secure = "listen = { address = \"0.0.0.0:443\", tls = { certificate = \"a.pem\" } }\n"
        let set = pair(
            secure + "server_name = [\"a.test\", \"*.a.test\"]",
            secure.replacing("a.pem", with: "b.pem") + "server_name = \"b.test\"\ndefault_server = true"
        )
        #expect(set.issues.filter(\.isError).isEmpty && set.profiles.count == 2, "\(set.issues)")
        let plain = "listen = \"0.0.0.0:80\"\n"
        #expect(pair(plain + "path = \"/api\"", plain).issues.filter(\.isError).isEmpty)
    }

    @Test(arguments: [
        ("", "", "every host and /"),
        ("server_name = \"A.test\"", "server_name = [\"b.test\", \"a.test\"]", "a.test and /"),
        ("default_server = true\npath = \"/a\"", "default_server = true", "two default servers"),
        (
            "accept_proxy_protocol = true\ntrusted_proxies = \"10.0.0.1\"", "path = \"/a\"",
            "accept_proxy_protocol differs"
        ),
        ("trusted_proxies = \"10.0.0.1\"", "path = \"/a\"", "trusted_proxies differs"),
    ])
    func whatTwoPoolsCannotShareIsRefused(_ one: String, _ two: String, _ message: String) {
        let listen = "listen = \"0.0.0.0:80\"\n"
        let set = pair(listen + one, listen + two)
        #expect(set.issues.contains { $0.isError && $0.message.contains(message) }, "\(set.issues)")
        #expect(set.profiles.count == 1)
    }

    @Test func headersOfAFrontAreBounded() {
        let value = String(repeating: "x", count: 9000)
        for key in ["request_headers", "response_headers"] {
            let decoded = decode("listen = \"0.0.0.0:80\"\n[front.\(key)]\nX-A = \"\(value)\"\n")
            #expect(decoded.issues.filter(\.isError).isEmpty, "\(decoded.issues)")
            let more = decode("listen = \"0.0.0.0:80\"\n[front.\(key)]\nX-A = \"\(value)\"\nX-B = \"\(value)\"\n")
            #expect(more.issues.contains { $0.isError && $0.message.contains("more than 16 KiB") }, "\(more.issues)")
        }
    }

    @Test func oneAddressHasOneKindOfTLS() {
        let secure = "listen = { address = \"0.0.0.0:443\", tls = { certificate = \"a.pem\" } }\n"
        let plain = pair(secure, "listen = \"0.0.0.0:443\"\nserver_name = \"b.test\"")
        #expect(plain.issues.contains { $0.message.contains("https and plain HTTP") }, "\(plain.issues)")
        let strict = secure.replacing("\"a.pem\"", with: "\"a.pem\", min_version = \"1.3\"")
        let differing = pair(secure, strict + "server_name = \"b.test\"")
        #expect(differing.issues.contains { $0.message.contains("rules of tls differ") }, "\(differing.issues)")
    }

    @Test func clientsMayBeAskedForCertificates() throws {
        let decoded = decode(
            """
            listen = { address = "0.0.0.0:443", tls = { certificate = ["a.pem", "b.pem"], ocsp = ["a.ocsp", ""], client_certificates = "optional", client_ca = "ca.pem" } }
            """
        )
        #expect(decoded.errors.isEmpty, "\(decoded.errors)")
        let tls = try #require(decoded.spec?.front.listeners[0].tls)
        #expect(tls.clients == ClientCertificates(mode: .optional, authorities: "/srv/site/ca.pem"))
        #expect(tls.certificates.map(\.staple) == ["/srv/site/a.ocsp", nil])
        let text = ProfileWriter.text(try #require(decoded.spec))
        #expect(Profile.decode(text: text, file: "/srv/site/a.toml").spec == decoded.spec, "\(text)")
    }

    @Test func answersMayBeCompressed() throws {
        #expect(decode("gzip = true").spec?.front.gzip == GzipSpec())
        #expect(decode("gzip = false").spec?.front.gzip == nil)
        #expect(decode("").spec?.front.gzip == nil)
        let decoded = decode("gzip = { types = [\"text/*\", \"application/json\"], min_size = \"2k\", level = 9 }")
        let gzip = try #require(decoded.spec?.front.gzip)
        #expect(gzip.types == ["text/*", "application/json"] && gzip.bytesMin == 2048 && gzip.level == 9)
        let text = ProfileWriter.text(try #require(decoded.spec))
        #expect(Profile.decode(text: text, file: "/srv/site/a.toml").spec == decoded.spec, "\(text)")
    }

    @Test func pagesAreRead() throws {
        let decoded = decode(
            """
            [[front.error_page]]
            status = [502, 504]
            file = "50x.html"
            [[front.error_page]]
            status = 404
            file = "/etc/404.html"
            [front.maintenance]
            page = "back.html"
            retry_after = "5m"
            allow = "10.0.0.0/8"
            """
        )
        #expect(decoded.errors.isEmpty, "\(decoded.errors)")
        let front = try #require(decoded.spec?.front)
        #expect(
            front.errorPages == [
                ErrorPageSpec(statuses: [502, 504], file: "/srv/site/50x.html"),
                ErrorPageSpec(statuses: [404], file: "/etc/404.html"),
            ]
        )
        #expect(front.maintenance.page == "/srv/site/back.html" && front.maintenance.allow == ["10.0.0.0/8"])
        #expect(front.maintenance.retryAfter == .seconds(300))
        let text = ProfileWriter.text(try #require(decoded.spec))
        #expect(Profile.decode(text: text, file: "/srv/site/a.toml").spec == decoded.spec, "\(text)")
    }

    @Test(arguments: [
        (
            "listen = { address = \"0.0.0.0:1\", tls = { certificate = \"a\", client_certificates = \"required\" } }",
            "client_certificates needs client_ca"
        ),
        (
            "listen = { address = \"0.0.0.0:1\", tls = { certificate = \"a\", ocsp = [\"b\", \"c\"] } }",
            "1 certificates and 2 files in ocsp"
        ),
        ("gzip = { level = 10 }", "level: expected"), ("gzip = { types = \"html\" }", "no media type"),
        ("server_name = \"a b\"", "no host"), ("server_name = \"a:80\"", "no host"), ("server_name = \"*\"", "no host"),
        ("server_name = \"a.*.test\"", "no host"), ("path = \"api\"", "no path"),
        ("error_page = { status = 200, file = \"a\" }", "400"),
        ("error_page = [{ status = 503, file = \"a\" }, { status = [503], file = \"b\" }]", "status 503 has two pages"),
        ("maintenance = { allow = \"everybody\" }", "no address range"),
        ("listen = { tls = { certificate = \"a\" } }", "address is missing in listen"),
        ("listen = { address = \"0.0.0.0:1\", tls = {} }", "certificate is missing in tls"),
        ("listen = { address = \"0.0.0.0:1\", tls = true }", "tls: expected a table"),
        ("listen = { address = \"0.0.0.0:1\", tsl = {} }", "unknown key \"tsl\" in listen; did you mean tls"),
        (
            "listen = { address = \"0.0.0.0:1\", tls = { certificate = [\"a\", \"b\"], key = \"c\" } }",
            "tls has 2 certificates and 1 keys"
        ),
        ("listen = { address = \"0.0.0.0:1\", tls = { certificate = \"a\", min_version = \"1.1\" } }", "min_version"),
        (
            "listen = { address = \"0.0.0.0:1\", tls = { certificate = \"a\" }, redirect_https = true }",
            "a listener either speaks https or redirects to it"
        ),
        ("listen = { address = \"0.0.0.0:1\", acme_webroot = \"a\" }", "acme_webroot is for a listener that redirects"),
        ("static = { prefix = \"/\", root = \"a\" }", "is no prefix of paths"),
        ("static = { prefix = \"/a\" }", "root is missing in static"),
        ("static = { prefix = \"/a\", root = \"b\", index = \"../x\" }", "is no name of a file"),
        (
            "static = [{ prefix = \"/a\", root = \"b\" }, { prefix = \"/a/\", root = \"c\" }]",
            "the prefix \"/a/\" is given twice"
        ),
    ])
    func mistakesAreNamed(front: String, message: String) {
        let decoded = decode(front)
        #expect(decoded.errors.contains { $0.description.contains(message) }, "\(decoded.errors)")
    }

    @Test func doubtsAreWarnings() {
        #expect(decode("hsts = 60").warnings.contains { $0.message.contains("no listener speaks https") })
        let redirect = decode("listen = { address = \"0.0.0.0:80\", redirect_https = 8443 }")
        #expect(redirect.warnings.contains { $0.message.contains("redirects to port 8443") })
    }
}
