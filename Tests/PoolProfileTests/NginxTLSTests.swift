import PoolModel
import PoolProfile
import Testing

@Suite struct NginxTLSTests {
    private func convert(_ text: String) -> ProfileImport {
        ProfileImport.convert(supervisor: [], nginx: [ImportSource(file: "/etc/nginx/n.conf", text: text)])
    }

    private static let pass = "location / { proxy_pass http://127.0.0.1:9000; }"
    private static let keys = "ssl_certificate c.pem; ssl_certificate_key k.pem;"

    @Test func pathsAndVersionsAreNginxsOwn() throws {
        let text = """
            http { \(NginxTLSTests.keys)
            server { listen 443 ssl http2; ssl_protocols TLSv1.3; ssl_ciphers HIGH; ssl_session_cache shared:a:1m;
            ssl_verify_client optional_no_ca; \(NginxTLSTests.pass) } }
            """
        let result = convert(text)
        let tls = try #require(result.pools.first?.spec.front.listeners.first?.tls)
        #expect(tls.certificates == [CertificateFiles(certificate: "/etc/nginx/c.pem", key: "/etc/nginx/k.pem")])
        #expect(tls.versionMin == .v13)
        let kinds = Dictionary(grouping: result.notes, by: \.directive).mapValues { $0.map(\.kind) }
        #expect(kinds["ssl_ciphers"] == [.changed])
        #expect(kinds["ssl_session_cache"] == [.unneeded])
        #expect(kinds["ssl_verify_client"] == [.lost])
    }

    /// What certbot --nginx writes into a server of its own making.
    @Test func certbotsRedirectIsUnderstood() throws {
        let result = convert(
            """
            server { server_name a.example; listen 443 ssl; \(NginxTLSTests.keys) \(NginxTLSTests.pass) }
            server {
                if ($host = a.example) { return 301 https://$host$request_uri; }
                listen 80; server_name a.example;
                location /.well-known/acme-challenge/ { root /var/www/acme; }
                return 404;
            }
            """
        )
        let listeners = try #require(result.pools.first?.spec.front.listeners)
        #expect(listeners.count == 2)
        #expect(listeners.last?.redirect == HTTPSRedirect(port: 443, acmeRoot: "/var/www/acme"))
        #expect(
            !result.notes.contains { $0.kind == .lost && !$0.reason.contains("[worker] command") },
            "\(result.notes)"
        )
    }

    @Test func severalNamesOnOneAddressAreSeveralCertificates() throws {
        let result = convert(
            """
            server { listen 443 ssl; server_name a; \(NginxTLSTests.keys) \(NginxTLSTests.pass) }
            server { listen 443 ssl; server_name b; ssl_certificate d.pem; ssl_certificate_key e.pem; \(NginxTLSTests.pass) }
            """
        )
        let listener = try #require(result.pools.first?.spec.front.listeners.first)
        #expect(listener.tls?.certificates.map(\.certificate) == ["/etc/nginx/c.pem", "/etc/nginx/d.pem"])
    }

    @Test(arguments: [
        ("server { listen 443 ssl; \(pass) }", "as many ssl_certificate as"),
        ("server { listen 443 ssl; ssl_certificate $n.pem; ssl_certificate_key k; \(pass) }", "constant names"),
        ("server { listen 80; \(keys) \(pass) }", "no listen of the server speaks TLS"),
        ("server { listen 80; return 301 https://$host$request_uri; }", "speaks https on port 443"),
        (
            "server { listen 443 ssl; \(keys) \(pass) } server { listen 80; return 302 https://b.example$request_uri; }",
            "clients stay with the host"
        ),
        (
            "server { listen 80; \(pass) } server { listen 80; location / { proxy_pass http://127.0.0.1:9001; } }",
            "is taken by the pool"
        ),
        ("server { listen 443 quic; \(keys) \(pass) }", "HTTP/3"),
    ])
    func whatIsNotAsItWasIsSaid(text: String, expected: String) {
        let notes = convert(text).notes
        #expect(notes.contains { $0.reason.contains(expected) }, "\(notes)")
    }
}
