import PoolAPI
import PoolCommands
import PoolModel
import Testing

@Suite struct CertificateVerbTests {
    @Test func theListBeginsWithWhatEndsFirst() throws {
        let run = CommandRun("certificate list", answers: daemon())
        let lines = run.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 4, "\(run.output)\(run.errors)")
        #expect(lines[1].contains("broken.pem") && lines[1].contains("cannot be read"))
        #expect(lines[2].contains("short.pem") && lines[2].contains("5 d"))
        #expect(lines[3].contains("good.pem") && lines[3].contains("60 d"))
        #expect(run.exitCode == .failed)
    }

    @Test(arguments: ["good.test", "a.good.test", "/etc/pool/good.pem", "good.pem"])
    func oneIsShownByFileOrHost(_ name: String) {
        let run = CommandRun("certificate show \(name)", answers: daemon())
        #expect(run.exitCode == .done, "\(run.errors)")
        #expect(run.output.contains("/etc/pool/good.pem") && !run.output.contains("short"))
        #expect(run.output.contains("(60 d)"))
    }

    @Test(arguments: ["other.test", "a.b.good.test", "ood.pem"])
    func nobodyElsesIsShown(_ name: String) {
        let run = CommandRun("certificate show \(name)", answers: daemon())
        #expect(run.exitCode == .unknownOrDenied, "\(run.output)")
    }

    @Test func aReloadTellsWhatIsNewAndWhatIsBad() throws {
        let run = CommandRun("certificate reload --why renewed", answers: daemon())
        let call = try #require(run.calls.first { $0.route.id == .reloadCertificates })
        let request: ReloadCertificatesRequest = try JSONCoding.decode(from: call.body)
        #expect(request.why == "renewed")
        #expect(run.output.contains("/etc/pool/site.pem: new") && run.output.contains("broken.pem cannot be read"))
        #expect(run.exitCode == .failed)
    }

    @Test func theDaemonsProgramMakesCertificates() {
        let run = CommandRun("certificate self-signed a.test --days 3")
        #expect(
            run.executed
                == [
                    "poold", "self-signed", "--certificate", "site.pem", "--key", "site.key", "--days", "3", "--",
                    "a.test",
                ]
        )
    }
}

@Suite struct FrontVerbTests {
    private func request(_ line: String) throws -> GateRequest {
        let run = CommandRun(line, answers: daemon())
        #expect(run.exitCode == .done, "\(run.errors)")
        let call = try #require(run.calls.first { $0.route.id == .gate }, "\(run.errors)")
        return try JSONCoding.decode(from: call.body)
    }

    @Test func aHoldSaysHowLong() throws {
        let hold = GateRequest(state: .hold, seconds: 30, afterwards: .refuse, why: "migration")
        #expect(try request("hold --for 30 --why migration") == hold)
        #expect(try request("front hold --for 30s --why migration") == hold)
        #expect(try request("hold example --for 1m --then serve").afterwards == .serve)
    }

    @Test func maintenanceMayHaveAnEnd() throws {
        #expect(try request("front maintenance") == GateRequest(state: .maintenance))
        #expect(
            try request("front maintenance --for 20m --retry-after 600")
                == GateRequest(state: .maintenance, seconds: 1200, retryAfterSeconds: 600)
        )
        #expect(try request("front open") == GateRequest(state: .open))
    }

    @Test(arguments: ["hold", "hold --for never", "hold --for 11m", "hold --for 3 --then wait"])
    func badHoldsAreUsage(_ line: String) {
        let run = CommandRun(line, answers: daemon())
        #expect(run.exitCode == .usage && run.calls.isEmpty, "\(run.output)\(run.errors)")
    }

    @Test func theStatusTellsOfIt() {
        var state = Fixtures.state()
        state.pools[0].gate = FrontGate(
            kind: .hold,
            until: Fixtures.now,
            afterwards: .refuse,
            retryAfter: 5,
            since: Fixtures.now,
            actor: "alice",
            why: "migration"
        )
        let run = CommandRun("status", answers: daemon(state))
        #expect(run.output.contains("held until") && run.output.contains("by alice, then refused: migration"))
    }
}
