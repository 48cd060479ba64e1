import Foundation
import Glibc
import PoolAPI
import PoolModel
import PoolTLS
import Testing

@testable import PoolManager

@Suite struct SelfSignedFilesTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var certificate: String { "\(directory.path)/site.pem" }
    private var key: String { "\(directory.path)/site.key" }

    @Test func bothFilesBelongTogether() throws {
        let names = ["a.test", "*.b.test", "127.0.0.1", "::1"]
        #expect(SelfSignedFiles(certificate: certificate, key: key).write(for: names, days: 3) == nil)
        let files = CertificateFiles(certificate: certificate, key: key)
        let found = try CertificateReader(files: files).read().certificate
        #expect(found.facts.names == names)
        #expect(found.facts.subject == "CN=a.test" && found.facts.isSelfSigned && found.facts.key == "EC 256")
        let seconds = found.validUntil - Int64(Date().timeIntervalSince1970)
        #expect((2 * 86_400...3 * 86_400 + 60).contains(seconds))
        var status = stat()
        #expect(stat(key, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func whatIsThereIsNotTouched() throws {
        try "mine".write(toFile: certificate, atomically: true, encoding: .utf8)
        let files = SelfSignedFiles(certificate: certificate, key: key)
        let problem = try #require(files.write(for: ["a.test"], days: 3))
        #expect(problem.contains("site.pem") && problem.contains("exists"))
        #expect(try String(contentsOfFile: certificate, encoding: .utf8) == "mine")
        #expect(access(key, F_OK) != 0, "no key without its certificate stays")
    }

    @Test(arguments: ["a,DNS:evil.test", "a b", "", "*.", "a..b", "a:b"])
    func namesThatAreNoneAreRefused(_ name: String) {
        #expect(SelfSignedFiles(certificate: certificate, key: key).write(for: [name], days: 3) != nil)
        #expect(access(key, F_OK) != 0)
    }

    @Test(arguments: [0, 399]) func noBrowserTakesLongOnes(_ days: Int) {
        #expect(SelfSignedFiles(certificate: certificate, key: key).write(for: ["a.test"], days: days) != nil)
    }
}

@Suite struct CertificateStoreTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Once for each step, and again for a new certificate.
    @Test func theEndIsToldAhead() throws {
        let files = CertificateFiles(certificate: "\(directory.path)/a.pem", key: "\(directory.path)/a.key")
        let writer = SelfSignedFiles(certificate: files.certificate, key: files.key)
        #expect(writer.write(for: ["a.test"], days: 90) == nil)
        let store = CertificateStore()
        var front = FrontSpec()
        front.listeners = [
            FrontListener(.tcp(host: "127.0.0.1", port: 1), tls: TLSSpec(certificates: [files]))
        ]
        store.follow(front, of: "example")
        let end = try #require(store.statuses.first?.validUntil).microseconds / 1_000_000
        #expect(store.statuses.first?.pools == ["example"])
        var told: [String] = []
        for days in [89, 40, 30, 29, 8, 7, 6, 2, 1, 0, -1] as [Int64] {
            told += store.refresh(now: end - days * 86_400 + 1).events.map(\.message)
        }
        #expect(
            told.map { $0.split(separator: " ").suffix(2).joined(separator: " ") }
                == ["29 days", "6 days", "a day", "has expired"],
            "\(told)"
        )
        #expect(unlink(files.certificate) == 0 && unlink(files.key) == 0)
        #expect(writer.write(for: ["b.test"], days: 3) == nil)
        let news = store.refresh(now: end - 90 * 86_400)
        #expect(news.changed.count == 1 && store.statuses.first?.names == ["b.test"])
        #expect(store.refresh(now: end - 90 * 86_400, isForced: true).changed.isEmpty)
    }
}
