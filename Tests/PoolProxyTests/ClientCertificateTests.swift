import Foundation
import PoolModel
import PoolOS
import PoolProxy
import Testing

/// Clients with certificates, with an authority made by OpenSSL's program.
@Suite struct ClientCertificateTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func openssl(_ line: String) throws {
        let result = try Program.run("sh", ["-c", "cd \(directory.path) && openssl \(line)"])
        try #require(result.status == 0, "\(result.errors)")
    }

    /// An authority `name.pem` with its key.
    private func authority(_ name: String) throws {
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -keyout \(name).key -out \(name).pem"
                + " -subj /CN=\(name)"
        )
    }

    /// A client's certificate `name.pem`, signed by an authority.
    private func client(_ name: String, by authority: String, names: String = "email:me@a.test,DNS:me.test") throws {
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout \(name).key -out \(name).csr"
                + " -subj '/O=Some, One/CN=\(name)'"
        )
        try "subjectAltName=\(names)\n".write(toFile: "\(directory.path)/ext", atomically: true, encoding: .utf8)
        try openssl(
            "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial -days 2 -extfile ext"
                + " -out \(name).pem"
        )
    }

    private func site(_ mode: ClientCertificates.Mode) throws -> TLSTests.Site {
        try authority("ca")
        try authority("other")
        try client("me", by: "ca")
        try client("stranger", by: "other")
        let file = "\(directory.path)/ca.pem"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let site = try TLSTests.Site(TLSTests.named)
        site.proxy.server.perform(.files([FrontFile(path: file, text: text)]))
        try site.proxy.publish {
            $0.front.listeners[0].tls?.clients = ClientCertificates(mode: mode, authorities: file)
        }
        return site
    }

    /// Python's words for a request with this certificate; forged fields are always sent along.
    private func request(_ name: String?) -> String {
        """
        made = context()
        \(name.map { "made.load_cert_chain('\(directory.path)/\($0).pem', '\(directory.path)/\($0).key')" } ?? "")
        client = connect(made=made)
        client.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\nX-SSL-Client-Verify: success\\r\\n"
                       b"x_ssl_client_subject: CN=root\\r\\n\\r\\n")
        head, body = answer(client)
        """
    }

    @Test func workersLearnWhoItIs() throws {
        let worker = try ScriptedWorker("echo", at: directory.socket("echo"))
        let site = try site(.required)
        try site.proxy.publish {
            $0.workers[0].address = worker.address; $0.workers[0].life = 2
        }
        try site.python(request("me") + "\nassert head.startswith('HTTP/1.1 200 '), head")
        let seen = worker.received
        #expect(seen.contains("X-SSL-Client-Verify: success\r\n"))
        #expect(seen.contains("X-SSL-Client-Subject: CN=me,O=Some\\, One\r\n"), "\(seen)")
        #expect(seen.contains("X-SSL-Client-Names: me@a.test,me.test\r\n"))
        #expect(seen.components(separatedBy: "lient-").count == 5, "nothing that was forged: \(seen)")
        // Resumed sessions know it too.
        try site.python(
            """
            made = context(most=ssl.TLSVersion.TLSv1_2)
            made.load_cert_chain('\(directory.path)/me.pem', '\(directory.path)/me.key')
            session = None
            for turn in range(2):
                client = connect(made=made, session=session)
                client.sendall(b"GET /again HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
                head, _ = answer(client)
                assert head.startswith("HTTP/1.1 200 "), head
                assert client.session_reused == (turn == 1), turn
                session = client.session
            """
        )
        #expect(worker.received.components(separatedBy: "Client-Verify: success").count == 4)
    }

    @Test func withoutOneThereIsAnAnswerThatSaysSo() throws {
        let site = try site(.required)
        try site.python(
            request(nil)
                + "\nassert head.startswith('HTTP/1.1 400 ') and 'client-certificate; fault=missing' in head, head"
        )
        try site.python(
            request("stranger")
                + "\nassert head.startswith('HTTP/1.1 400 ') and 'client-certificate; fault=refused' in head, head"
        )
    }

    @Test func optionalOnesMayBeMissingButNotBad() throws {
        let worker = try ScriptedWorker("echo", at: directory.socket("echo"))
        let site = try site(.optional)
        try site.proxy.publish {
            $0.workers[0].address = worker.address; $0.workers[0].life = 2
        }
        try site.python(request(nil) + "\nassert head.startswith('HTTP/1.1 200 '), head")
        #expect(worker.received.contains("X-SSL-Client-Verify: none\r\n"))
        #expect(!worker.received.contains("root"))
        try site.python(request("stranger") + "\nassert head.startswith('HTTP/1.1 400 '), head")
    }

    /// Believed by the old file, a stranger to the new one: also where the session is an old one.
    @Test func newAuthoritiesCountAtOnce() throws {
        let site = try site(.required)
        let stranger = try String(contentsOfFile: "\(directory.path)/other.pem", encoding: .utf8)
        try site.python(request("me") + "\nassert head.startswith('HTTP/1.1 200 '), head")
        site.proxy.server.perform(.files([FrontFile(path: "\(directory.path)/ca.pem", text: stranger)]))
        try site.proxy.publish { _ in }
        try site.python(request("me") + "\nassert head.startswith('HTTP/1.1 400 '), head")
        try site.python(request("stranger") + "\nassert head.startswith('HTTP/1.1 200 '), head")
    }

    /// An authority's answer reaches those who ask for it; one about another certificate does not.
    @Test func answersOfAnAuthorityAreStapled() throws {
        try authority("ca")
        for name in ["site", "else"] { try client(name, by: "ca", names: "DNS:a.test") }
        let path = directory.path
        try openssl("x509 -in site.pem -noout -serial | cut -d= -f2 > serial")
        let day = Program.day(offset: 30)
        let serial = try String(contentsOfFile: "\(path)/serial", encoding: .utf8).trimmingCharacters(in: .newlines)
        try "V\t\(day)\t\t\(serial)\tunknown\t/CN=site\n".write(
            toFile: "\(path)/index",
            atomically: true,
            encoding: .utf8
        )
        try openssl(
            "ocsp -index index -rsigner ca.pem -rkey ca.key -CA ca.pem -issuer ca.pem -cert site.pem -ndays 1"
                + " -respout site.ocsp"
        )
        let chains = try ["site", "else"].map { name in
            try ["\(name).pem", "ca.pem"].map { try String(contentsOfFile: "\(path)/\($0)", encoding: .utf8) }.joined()
        }
        let staple = try Data(contentsOf: URL(fileURLWithPath: "\(path)/site.ocsp")).base64EncodedString()
        for (chain, name, isStapled) in [(chains[0], "site", true), (chains[1], "else", false)] {
            let files = CertificateFiles(certificate: name, key: name, staple: "site.ocsp")
            let key = try String(contentsOfFile: "\(path)/\(name).key", encoding: .utf8)
            let bundle = CertificateBundle(files: files, certificatePEM: chain, keyPEM: key, staple: staple)
            let own = try TestDirectory()
            let proxy = try TestProxy([TLSTests.named(own)], directory: own, certificates: [bundle]) {
                $0.front.listeners[0].tls = TLSSpec(certificates: [files])
            }
            guard case .tcp(_, let port) = proxy.front else { return }
            let said = try Program.run("openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-status"])
            #expect(said.output.contains("OCSP Response Status: successful") == isStapled, "\(said.output)")
        }
    }
}

extension Program {
    /// A day as OpenSSL's index of certificates writes it.
    static func day(offset: Int) -> String {
        let format = DateFormatter()
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "yyMMddHHmmss'Z'"
        return format.string(from: Date(timeIntervalSinceNow: Double(offset) * 86_400))
    }
}
