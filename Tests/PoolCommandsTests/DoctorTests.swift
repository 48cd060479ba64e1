import PoolAPI
import PoolClient
import PoolModel
import Testing

@Suite struct DoctorTests {
    static let profile = """
        [pool]
        name = "example"
        [worker]
        command = ["python3", "app.py", "--path={socket}"]
        listen = "unix:{run}/example_{n}.sock"
        [front]
        listen = ["127.0.0.1:8080"]

        """

    private let version = VersionReply(
        pid: 2,
        keeperPid: 1,
        startedAt: Fixtures.now,
        runtimeDirectory: "/run/pool",
        stateDirectory: "/var/lib/pool",
        access: .admin
    )

    private func answers(_ state: StateSnapshot, certificates: [CertificateStatus] = []) -> CommandRun.Answers {
        { call throws(SessionError) in
            switch call.route.id {
            case .version: version
            case .certificates: CertificateList(certificates: certificates)
            default: try daemon(state)(call)
            }
        }
    }

    @Test func theDaemonsOwnDescriptorsAndCertificatesAreLookedAt() {
        let limits =
            "Limit                     Soft Limit           Hard Limit           Units\n"
            + "Max open files            1024                 1024                 files\n"
        let run = CommandRun(
            "doctor",
            files: ["/proc/2/limits": limits],
            answers: answers(
                Fixtures.state([Fixtures.pool([Fixtures.worker(1)])]),
                certificates: Fixtures.certificates()
            )
        )
        #expect(run.exitCode == .failed)
        for part in [
            "warning  the daemon may open only 1024 descriptors",
            "ok       certificate /etc/pool/good.pem is good for 60 days",
            "warning  certificate /etc/pool/short.pem ends in 5 days",
            "trouble  certificate /etc/pool/broken.pem is not used",
        ] {
            #expect(run.output.contains(part), "\(part): \(run.output)")
        }
        #expect(!run.output.contains("a process may"))
    }

    @Test func aHeldFrontAndAStartThatCannotEndAreTold() {
        var starting = Fixtures.worker(1, state: .starting, health: .unknown)
        starting.status.lastProbe = ProbeResult(
            phase: .status,
            status: 404,
            detail: "HTTP 404",
            elapsed: .zero,
            at: Fixtures.now
        )
        var pool = Fixtures.pool([starting])
        pool.gate = FrontGate(kind: .maintenance, until: nil, afterwards: .serve, retryAfter: 5, since: Fixtures.now)
        let run = CommandRun("doctor", answers: answers(Fixtures.state([pool])))
        #expect(run.exitCode == .failed)
        for part in [
            "trouble  example_1 does not get ready: the probe says HTTP 404", "set health.path to one that it answers",
            "trouble  example: no request reaches a worker: in maintenance", "poolctl front open example",
        ] {
            #expect(run.output.contains(part), "\(part): \(run.output)")
        }
    }

    @Test func aHealthyPoolIsWell() {
        let run = CommandRun("doctor", answers: answers(Fixtures.state([Fixtures.pool([Fixtures.worker(1)])])))
        #expect(run.exitCode == .done)
        #expect(!run.output.contains("trouble") && !run.output.contains("warning"))
        #expect(run.output.contains("example: all 1 workers are well"))
    }

    @Test func everyAilmentHasARemedy() {
        var missing = Fixtures.worker(5, health: .unhealthy)
        missing.status.lastProbe = ProbeResult(
            phase: .status,
            status: 404,
            detail: "HTTP 404",
            elapsed: .zero,
            at: Fixtures.now
        )
        var pool = Fixtures.pool(Fixtures.workers + [missing])
        pool.profileError = "p.toml:3:1: unknown key"
        let run = CommandRun("doctor", answers: answers(Fixtures.state([pool])))
        #expect(run.exitCode == .failed)
        for part in [
            "the profile was refused", "example_3 is BACKOFF", "poolctl logs example_3 -n 50", "example_5 is unhealthy",
            "the app has no such path", "poolctl resume example_4",
        ] {
            #expect(run.output.contains(part), "\(part)")
        }
    }

    /// What the daemon has found is found: its paths, users and rights are not the caller's.
    @Test func aProfileThatRunsIsNotMeasuredByTheCallersSurroundings() {
        let profile =
            Self.profile.replacing("\"python3\", \"app.py\"", with: "\"./app\"") + "[health]\npath = \"/up\"\n"
        let text = profile.replacing(
            "listen = \"unix",
            with: "directory = \"/srv/app\"\nuser = \"of-ldap\"\nlisten = \"unix"
        )
        var pool = Fixtures.pool([Fixtures.worker(1)])
        pool.profilePath = "/etc/pool/shop.toml"
        let run = CommandRun(
            "doctor",
            variables: ["PATH": "/bin"],
            files: ["/etc/pool/shop.toml": text],
            userID: 1000,
            answers: answers(Fixtures.state([pool]))
        )
        #expect(run.exitCode == .done, "\(run.output)\(run.errors)")
        #expect(run.output.contains("ok       /etc/pool/shop.toml: the profile is right"), "\(run.output)")
    }

    /// A daemon elsewhere has files of its own: what lies at the same path here is another's.
    @Test func ofARemoteDaemonNoFileOfThisMachineIsRead() {
        var pool = Fixtures.pool([Fixtures.worker(1)])
        pool.profilePath = "/etc/pool/shop.toml"
        let run = CommandRun(
            "doctor --url https://web1:7443 --cert me.pem --ca ca.pem",
            files: ["/etc/pool/shop.toml": "nonsense"],
            answers: answers(Fixtures.state([pool]))
        )
        #expect(run.exitCode == .done, "\(run.output)\(run.errors)")
        #expect(!run.output.contains("shop.toml"))
    }

    @Test(arguments: [
        // The program is looked for where the worker will.
        ("gunicorn", "", ["/bin/gunicorn"], true),
        ("gunicorn", "", ["/sbin/gunicorn"], false),
        ("gunicorn", "venv = { packages = [\"gunicorn\"] }", ["/etc/pool/venv", "/etc/pool/venv/bin/gunicorn"], true),
        ("gunicorn", "venv = { packages = [\"gunicorn\"] }", ["/etc/pool/venv"], false),
        // It is made, with what its packages bring.
        ("gunicorn", "venv = { packages = [\"gunicorn\"] }", [], true),
        ("gunicorn", "environment = { PATH = \"/opt/bin\" }", ["/opt/bin/gunicorn"], true),
        ("./app", "directory = \"/srv/app\"", ["/srv/app/app", "/srv/app"], true),
        ("./app", "directory = \"/srv/app\"", ["/etc/pool/app", "/srv/app"], false),
    ])
    func aProgramIsLookedForAsTheWorkerDoes(_ program: String, _ more: String, _ there: [String], isFound: Bool) {
        let text = """
            [pool]
            name = "example"
            [worker]
            command = ["\(program)", "{socket}"]
            listen = "unix:{run}/{n}.sock"
            \(more)
            """
        var files = ["/etc/pool/p.toml": text, "/etc/pool": ""]
        for path in there { files[path] = "" }
        let run = CommandRun(
            "doctor /etc/pool/p.toml",
            variables: ["PATH": "/bin"],
            files: files,
            answers: answers(Fixtures.state([]))
        )
        #expect(run.output.contains("the program \(program) is not found") != isFound, "\(run.output)\(run.errors)")
    }

    @Test func withoutADaemonTheProfileIsLookedAt() {
        let run = CommandRun(
            "doctor p.toml",
            files: ["p.toml": Self.profile],
            bindFailure: "Address already in use",
            answers: { _ throws(SessionError) in throw SessionError(.noDaemon, "no daemon: none", remedy: "start one") }
        )
        #expect(run.exitCode == .failed)
        for part in [
            "no daemon: none", "-> start one", "nobody can listen at 127.0.0.1:8080: Address already in use",
            "PYTHONUNBUFFERED", "no health.path", "only 1024 descriptors",
        ] {
            #expect(run.output.contains(part), "\(part): \(run.output)")
        }
    }
}

@Suite struct ProfileVerbTests {
    @Test func initMakesAProfileThatChecks() throws {
        let run = CommandRun("init --name shop --workers 2 --health /up -- python3 app.py --path={socket}")
        #expect(run.exitCode == .done, "\(run.errors)")
        let check = CommandRun("check shop.toml", files: ["shop.toml": run.output])
        #expect(check.output == "shop.toml: ok\n")
        let config = CommandRun("config shop.toml --json", files: ["shop.toml": run.output])
        let spec = try JSONCoding.decode(PoolSpec.self, from: Array(config.output.utf8))
        #expect(spec.name == "shop" && spec.workers == 2 && spec.health.path == "/up")
        #expect(spec.worker.command == ["python3", "app.py", "--path={socket}"])
    }

    @Test func initWithPortsCountsThemUp() throws {
        let run = CommandRun("init --port 8081 --listen 0.0.0.0:80 -- app --port {port}")
        let config = CommandRun("config - --json", files: ["-": run.output])
        let spec = try JSONCoding.decode(PoolSpec.self, from: Array(config.output.utf8))
        #expect(spec.worker.listen.contains("8080+n"))
        #expect(spec.front.listen == [.tcp(host: "0.0.0.0", port: 80)])
    }

    @Test(arguments: ["init", "init --", "init --listen nowhere -- app", "init --name 'A B' -- app", "import"])
    func badInitsAreRefused(_ arguments: String) {
        let run = CommandRun(arguments)
        #expect(run.exitCode == .usage)
        #expect(run.output.isEmpty && !run.errors.isEmpty)
    }

    @Test func configShowsEveryKey() {
        let run = CommandRun("config p.toml", files: ["p.toml": DoctorTests.profile])
        #expect(run.exitCode == .done)
        for key in ["stop_timeout", "client_max_body_size", "autorestart"] { #expect(run.output.contains(key)) }
    }

    @Test func supervisorConfigurationIsImported() {
        let text = """
            [program:aiohttp]
            numprocs = 4
            numprocs_start = 1
            process_name = example_%(process_num)s
            command=/path/to/aiohttp_example.py --path=/tmp/example_%(process_num)s.sock
            user=nobody
            autostart=true
            autorestart=true

            """
        let run = CommandRun("import --supervisor s.conf", files: ["s.conf": text])
        #expect(run.exitCode == .done, "\(run.errors)")
        #expect(run.output.contains("workers = 4"))
        #expect(CommandRun("check -", files: ["-": run.output]).exitCode == .done)
    }
}
