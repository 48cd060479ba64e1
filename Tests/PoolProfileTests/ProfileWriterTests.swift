import PoolModel
import PoolProfile
import Testing

@Suite struct ProfileWriterTests {
    @Test(arguments: 0..<80)
    func whatIsWrittenDecodesToTheSame(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let spec = RandomSpec.make(&random)
        for detail in [ProfileWriter.Detail.changes, .everything] {
            let text = ProfileWriter.text(spec, detail: detail, comment: ["seed \(seed)", ""])
            let decoded = Profile.decode(text: text, file: "seed-\(seed).toml")
            #expect(decoded.errors.isEmpty, "\(decoded.errors)\n\(text)")
            #expect(decoded.spec == spec, "\(text)")
        }
    }

    @Test func onlyWhatIsNotTheDefaultIsWritten() {
        var spec = PoolSpec(
            name: "a",
            workers: 2,
            worker: WorkerSpec(command: ["app", "{n}"], listen: "unix:{run}/{n}.sock")
        )
        spec.worker.environment = ["B": "2", "A": "1"]
        spec.worker.ready = .listen
        spec.front.listen = [.tcp(host: "127.0.0.1", port: 80)]
        #expect(
            ProfileWriter.text(spec) == """
                [pool]
                name = "a"
                workers = 2

                [worker]
                command = ["app", "{n}"]
                listen = "unix:{run}/{n}.sock"
                ready = "listen"

                [worker.environment]
                A = "1"
                B = "2"

                [front]
                listen = ["127.0.0.1:80"]

                """
        )
    }
}

/// Any spec that a profile could define.
enum RandomSpec {
    static func make(_ random: inout SeededRandom) -> PoolSpec {
        var spec = PoolSpec(
            name: ["a", "example", "my-pool_2"].randomElement(using: &random) ?? "a",
            workers: Int.random(in: 1...20, using: &random),
            first: Int.random(in: 0...5, using: &random),
            worker: WorkerSpec(command: ["app", "{n}", text(&random)], listen: "unix:{run}/{n}.sock")
        )
        spec.worker.ready = .listen
        if Bool.random(using: &random) {
            spec.health.path = "/health?a=%20"
            spec.worker.ready = WorkerSpec.Readiness.allCases.randomElement(using: &random) ?? .probe
        }
        spec.worker.directory = maybe("/srv/{pool}", &random)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            spec.worker.environment["V\(Int.random(in: 0...99, using: &random))"] = text(&random)
        }
        spec.worker.socketMode = maybe(0o660, &random)
        spec.worker.groups = maybe(["www-data", "1000"], &random)
        spec.worker.umask = maybe(0o27, &random)
        spec.worker.nice = maybe(-5, &random)
        spec.worker.limits = Bool.random(using: &random) ? ["nofile": 65_536, "core": .max, "as": 3 << 30] : [:]
        spec.worker.autorestart = WorkerSpec.Autorestart.allCases.randomElement(using: &random) ?? .always
        spec.worker.exitCodes = Bool.random(using: &random) ? [0, 3, 255] : []
        spec.worker.stopSignals = Bool.random(using: &random) ? ["INT", "TERM"] : ["QUIT"]
        spec.worker.stopTimeout = .milliseconds(Int.random(in: 0...100_000, using: &random))
        spec.worker.requestsMax = maybe(.random(in: 1...1_000_000, using: &random), &random)
        spec.worker.ageMax = maybe(.seconds(86_400), &random)
        spec.worker.rssBytesMax = maybe(512 << 20, &random)
        spec.worker.recycleJitter = Double.random(in: 0...1, using: &random)
        spec.worker.restartUnhealthyAfter = maybe(.seconds(90), &random)
        spec.worker.backoff.initial = .microseconds(Int.random(in: 1...1_000_000, using: &random))
        spec.front.listen = [.tcp(host: "::", port: .random(in: 1...65_535, using: &random))]
        if Bool.random(using: &random) {
            spec.front.listeners += [secure(&random), FrontListener(redirected, redirect: .init(acmeRoot: "/a b"))]
        }
        if Bool.random(using: &random) { spec.front.statics = [files(&random)] }
        spec.front.errorPages = maybe([ErrorPageSpec(statuses: [404, 503], file: "/a b.html")], &random) ?? []
        spec.front.maintenance.page = maybe("/srv/back.html", &random)
        spec.front.strictTransport = maybe(.seconds(31_536_000), &random)
        spec.front.http2 = Bool.random(using: &random)
        spec.front.h2c = Bool.random(using: &random)
        spec.front.limits.http2StreamsMax = Int.random(in: 1...1000, using: &random)
        spec.front.bodyBytesMax = .random(in: 0...(1 << 40), using: &random)
        spec.front.trustedProxies = Bool.random(using: &random) ? ["10.0.0.0/8", "::1"] : []
        spec.front.requestHeaders =
            Bool.random(using: &random)
            ? [HeaderRule(name: "Z-Last", value: nil), HeaderRule(name: "A", value: header(&random))] : []
        spec.front.accessLog = maybe(
            AccessLogSpec(format: "%a %t \"%r\"", path: maybe("/var/log/a b.log", &random)),
            &random
        )
        spec.front.timeouts.connect = .milliseconds(Int.random(in: 1...90_000, using: &random))
        spec.front.limits.bodyRateMin = Int.random(in: 0...100_000, using: &random)
        spec.balance.algorithm = BalanceSpec.Algorithm.allCases.randomElement(using: &random) ?? .roundRobin
        spec.balance.key = spec.balance.algorithm == .stickyCookie ? "sid" : "header:X-User"
        spec.balance.inFlightMax = maybe(8, &random)
        spec.health.statusMin = Int.random(in: 100...300, using: &random)
        spec.health.statusMax = Int.random(in: 300...599, using: &random)
        spec.log.totalBytesMax = .random(in: (50 << 20)...(1 << 40), using: &random)
        return spec
    }

    private static let redirected = Address.unix(path: "/run/redirect.sock")

    private static func secure(_ random: inout SeededRandom) -> FrontListener {
        let names = (1...Int.random(in: 1...3, using: &random)).map { "/etc/\"\($0)\"" }
        let files = names.map { CertificateFiles(certificate: $0 + ".pem", key: $0 + ".key") }
        let least = TLSSpec.Version.allCases.randomElement(using: &random) ?? .v12
        return FrontListener(.unix(path: "/run/tls.sock"), tls: TLSSpec(certificates: files, versionMin: least))
    }

    private static func files(_ random: inout SeededRandom) -> StaticSpec {
        var spec = StaticSpec(prefix: "/static/", root: "/srv/a b")
        spec.index = maybe("index.html", &random)
        spec.maxAge = maybe(.seconds(90), &random)
        spec.precompressed = Bool.random(using: &random)
        spec.followsLinks = Bool.random(using: &random)
        return spec
    }

    private static func maybe<Value>(_ value: Value, _ random: inout SeededRandom) -> Value? {
        Bool.random(using: &random) ? value : nil
    }

    /// Text with everything that must be escaped, in TOML or in a template.
    private static func text(_ random: inout SeededRandom) -> String {
        let pieces = [
            "a", " ", "\"", "\\", "'", "\n", "\t", "é", "😀", "#", "{{", "}}", "{pool}", "\u{7f}", "\u{1b}", "=", "]",
        ]
        return (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
            .joined()
    }

    private static func header(_ random: inout SeededRandom) -> String {
        ["", "a b", "\"q\" \\", "é"].randomElement(using: &random) ?? ""
    }
}
