import PoolModel
import PoolProfile
import Testing
import PoolTOML

@Suite struct ProfileDecodingTests {
    private let minimal = """
        [pool]
        name = "example"
        [worker]
        command = ["app", "{socket}"]

        """

    private func messages(_ text: String) -> [String] {
        Profile.decode(text: text, file: "x.toml").issues.map(\.description)
    }

    @Test func theSketchOfTheDesignDecodes() throws {
        let decoded = Profile.decode(
            text: """
                [pool]
                name = "example"
                workers = 4
                first = 1
                [worker]
                command = ["python3", "aiohttp_example.py", "--path={socket}"]
                listen = "unix:{run}/example_{n}.sock"
                user = "nobody"
                autorestart = "unexpected"
                exit_codes = [0, 3]
                [front]
                listen = ["0.0.0.0:8080", "[::1]:8081"]
                client_max_body_size = "4G"
                [health]
                path = "/health"
                """,
            file: "x.toml"
        )
        #expect(decoded.issues.isEmpty)
        let spec = try #require(decoded.spec)
        #expect(spec.workerIDs.map(\.description) == ["example_1", "example_2", "example_3", "example_4"])
        #expect(spec.worker.autorestart == .unexpected)
        #expect(spec.worker.exitCodes == [0, 3])
        #expect(spec.worker.ready == .probe)
        #expect(spec.worker.user == "nobody")
        #expect(spec.front.listen == [.tcp(host: "0.0.0.0", port: 8080), .tcp(host: "::1", port: 8081)])
        #expect(spec.front.bodyBytesMax == 4 << 30)
        #expect(spec.health.path == "/health")
        #expect(decoded.profile?.position(of: "front.listen") == TextPosition(line: 12, column: 10))
    }

    @Test func whatIsNotSaidHasTheModelsDefault() throws {
        let spec = try #require(Profile.decode(text: minimal, file: "x.toml").spec)
        var expected = PoolSpec(
            name: "example",
            worker: WorkerSpec(command: ["app", "{socket}"], listen: "unix:{run}/{name}.sock")
        )
        // Without a path there is nothing to probe.
        expected.worker.ready = .listen
        #expect(spec == expected)
    }

    @Test func everyProblemIsReportedAtOnce() {
        let text = """
            [pool]
            nam = "example"
            workers = "4"
            [worker]
            command = "python3 app.py"
            stop_timeout = "1 minute"
            umask = 022
            autorestart = "sometimes"
            numprocs = 4
            [frnt]
            listen = 8080
            [health]
            interval = 0
            rise = 0
            status = "399-200"
            """
        // 022 is no TOML: the line is reported and the rest is decoded all the same.
        #expect(
            messages(text) == [
                "x.toml:2:1: error: unknown key \"nam\" in [pool]; did you mean name",
                "x.toml:3:11: error: workers: expected an integer from 1 to 4096; found the string \"4\"",
                "x.toml:5:11: error: command: expected an array of strings; found the string \"python3 app.py\"; write [\"python3\", \"app.py\"]; no shell reads it",
                "x.toml:6:16: error: stop_timeout: expected a duration such as \"30s\", \"500ms\", \"2m\" or a number of seconds; found the string \"1 minute\"",
                "x.toml:7:9: error: \"022\" is no value; put text in quotes",
                "x.toml:8:15: error: autorestart: expected true, false or \"unexpected\"; found the string \"sometimes\"",
                "x.toml:9:1: error: unknown key \"numprocs\" in [worker]; here that is workers in [pool]",
                "x.toml:10:2: error: unknown table \"frnt\"; did you mean [front]",
                "x.toml:13:12: error: interval: expected a duration such as \"30s\", \"500ms\", \"2m\" or a number of seconds, from 10ms to 87600h; found the integer 0",
                "x.toml:14:8: error: rise: expected an integer from 1 to 1000; found the integer 0",
                "x.toml:15:10: error: status: expected a status such as 200, or a range such as \"200-399\"; found the string \"399-200\"",
            ]
        )
    }

    @Test func missingKeysAreNamed() {
        #expect(
            messages("") == [
                "x.toml:1:1: error: command is missing in [worker]; "
                    + "add command = [\"python3\", \"app.py\", \"--path={socket}\"]",
                "x.toml:1:1: error: name is missing in [pool]; add name = \"example\"",
            ]
        )
        #expect(
            messages("[pool]\nname = \"a\"\n\n[worker]\n").first?.hasPrefix("x.toml:4:2: error: command is missing")
                == true
        )
    }

    /// Each row: a key with a value that is refused, and what is said of it.
    @Test(arguments: [
        ("pool", "name = \"Example\"", "is no name of a pool"),
        ("pool", "workers = 0", "expected an integer from 1 to 4096; found the integer 0"),
        ("pool", "workers = 9223372036854775807", "expected an integer from 1 to 4096"),
        ("pool", "first = -1", "expected an integer from 0"),
        ("worker", "command = []", "expected a program and its arguments"),
        ("worker", "command = [\"\"]", "expected a program and its arguments"),
        ("worker", "command = [\"a\", 1]", "expected a string in quotes; found the integer 1"),
        ("worker", "command = [\"a\\u0000\"]", "expected a string in quotes; found the string \"a\\u0000\""),
        ("worker", "command = [\"{nn}\"]", "unknown template \"{nn}\"; did you mean {n}"),
        ("worker", "command = [\"{port}\"]", "the worker has no port, it listens on a socket; use {socket}"),
        ("worker", "environment = { \"A B\" = \"x\" }", "\"A B\" is no name of a variable"),
        ("worker", "environment = { A = 1 }", "expected a string in quotes; found the integer 1"),
        ("worker", "socket_mode = 660", "put the octal digits in quotes"),
        ("worker", "umask = \"0888\"", "expected octal digits in quotes"),
        ("worker", "limits = { nofiles = 1 }", "\"nofiles\" is no resource limit; did you mean nofile"),
        ("worker", "stop_signals = \"SIGTRM\"", "found the string \"SIGTRM\"; did you mean \"TERM\""),
        ("worker", "stop_signals = []", "expected 1 to 8 signals"),
        ("worker", "ready = \"prob\"", "did you mean \"probe\""),
        ("worker", "user = \"a b\"", "is no name of a user or group"),
        ("worker", "exit_codes = 256", "expected an integer from 0 to 255"),
        ("worker", "recycle_jitter = 1.5", "expected a number from 0 to 1"),
        ("worker", "listen = \"{run}/x.sock\"", "write unix:/run/pool/example/x.sock for a unix socket"),
        ("worker", "listen = \"unix:x.sock\"", "is not absolute; write \"unix:{run}/…\""),
        ("worker", "listen = \"127.0.0.1:{65535+n}\"", "port \"65536\" is not within 1 to 65535"),
        ("worker", "listen = \"127.0.0.1:0\"", "port \"0\" is not within 1 to 65535"),
        ("worker", "listen = \"example.com:80\"", "\"example.com\" is no address of a host"),
        (
            "worker", "listen = \"unix:{run}/\(String(repeating: "x", count: 90)).sock\"",
            "the socket's path has 113 bytes, the kernel takes 107"
        ),
        ("front", "listen = 8080", "found the integer 8080; write \"0.0.0.0:8080\""),
        ("front", "listen = \"8080\"", "\"8080\" is no address; write \"0.0.0.0:8080\""),
        ("front", "listen = \"*:80\"", "write \"0.0.0.0:80\" for every address"),
        ("front", "listen = \":80\"", "write \"0.0.0.0:80\" for every address"),
        ("front", "listen = [\"0.0.0.0:80\", \"127.0.0.1:80\"]", "127.0.0.1:80 is already taken by 0.0.0.0:80"),
        ("front", "listen = [\"unix:/a\", \"unix:/a\"]", "unix:/a is given twice"),
        ("front", "listen = \"unix:/run/pool/example/example_1.sock\"", "where the front listens"),
        ("front", "client_max_body_size = \"4 GB\"", "expected a size"),
        ("front", "trusted_proxies = \"10.0.0.0/33\"", "\"10.0.0.0/33\" is no address range"),
        ("front", "trusted_proxies = \"proxy\"", "\"proxy\" is no address range"),
        ("front", "request_headers = { \"X Y\" = \"\" }", "\"X Y\" is no name of a header"),
        ("front", "request_headers = { X = \"a\\r\\nY: b\" }", "expected a string without control characters"),
        ("front", "request_headers = { x = \"1\", X = \"2\" }", "X is already given; case does not matter"),
        ("front", "response_headers = { Content-Length = \"1\" }", "Content-Length is the proxy's own"),
        ("front", "access_log = \"combine\"", "\"combine\" is no access log format; did you mean \"combined\""),
        ("front", "access_log = { fromat = \"json\" }", "unknown key \"fromat\" in access_log; did you mean format"),
        ("front.timeouts", "connect = 0", "from 1ms to"),
        ("front.timeouts", "conect = 1", "unknown key \"conect\" in [front.timeouts]; did you mean connect"),
        ("front.limits", "request_line_size_max = \"64K\"", "more than head_size_max"),
        ("health", "path = \"health\"", "\"health\" is no path of a request"),
        ("health", "path = \"/a b\"", "is no path of a request"),
        ("health", "path = true", "or false for none"),
        ("health", "host = \"a\\r\\n\"", "expected a string in quotes"),
        ("balance", "algorithm = \"roundrobin\"", "did you mean \"round-robin\""),
        ("balance", "algorithm = \"consistent-hash\"", "consistent-hash needs a key"),
        ("balance", "in_flight_max = 0", "expected an integer from 1"),
        ("balance.ejection", "duration = \"1h\"", "duration is more than duration_max"),
        ("log", "file_size_max = \"2G\"", "more than total_size_max"),
        ("log", "rotate = 1", "unknown key \"rotate\" in [log]; known are file_size_max"),
        ("worker.backoff", "initial = \"1m\"", "initial is more than maximum"),
    ])
    func refuses(table: String, line: String, expected: String) throws {
        let key = line.prefix { $0 != " " }
        let kept = minimal.split(separator: "\n").filter {
            !($0.hasPrefix("\(key) ") && (table == "pool" || table == "worker"))
        }
        var text = ""
        for known in kept { text += known == "[\(table)]" ? "\(known)\n\(line)\n" : "\(known)\n" }
        if !kept.contains("[\(table)]") { text += "[\(table)]\n\(line)\n" }
        let decoded = Profile.decode(text: text, file: "x.toml")
        #expect(decoded.spec == nil)
        let issue = try #require(decoded.errors.first)
        #expect(decoded.errors.count == 1, "\(decoded.errors)")
        #expect(issue.description.contains(expected), "\(issue)")
        let place = text.split(separator: "\n", omittingEmptySubsequences: false)[issue.line - 1]
        #expect(place == line)
    }

    @Test(arguments: [
        ("[health]\npath = \"/\"\ntimeout = 5", "timeout is more than interval"),
        ("[front]\ntrusted_proxies = [\"0.0.0.0/0\"]", "lets every client claim any address"),
        ("[balance]\nkey = \"address\"", "round-robin has no use for a key"),
        ("[worker.backoff]\ninitial = 0", "without a pause"),
        ("[balance.ejection]\nready_min = 2", "with 1 workers none is ever ejected"),
    ])
    func warnsButDecodes(text: String, expected: String) throws {
        let decoded = Profile.decode(text: minimal + text, file: "x.toml")
        #expect(decoded.spec != nil)
        #expect(decoded.warnings.count == 1)
        #expect(try #require(decoded.warnings.first).message.contains(expected))
    }

    @Test(arguments: [
        ("user = \"root\"", "run as root"), ("ready = \"probe\"", "needs [health] path"),
        ("listen = \"unix:/tmp/{n}.sock\"", "every user of the host can put a socket"),
        ("listen = \"0.0.0.0:{9000+n}\"\ncommand = [\"app\", \"{port}\"]", "can be reached past the proxy"),
        ("socket_mode = \"0666\"", "every user of the host can connect past the proxy"),
        ("stop_signals = [\"KILL\"]", "KILL ends a worker in the middle of its requests"),
        ("watchdog = 5", "must send WATCHDOG=1"),
    ])
    func warnsAboutWorkers(lines: String, expected: String) throws {
        let command = lines.contains("command") ? "" : "command = [\"app\", \"{socket}\"]\n"
        let decoded = Profile.decode(text: "[pool]\nname = \"a\"\n[worker]\n\(command)\(lines)\n", file: "x.toml")
        #expect(decoded.spec != nil, "\(decoded.errors)")
        #expect(decoded.warnings.map(\.message).contains { $0.contains(expected) }, "\(decoded.warnings)")
    }

    @Test func workersMustNotShareAnAddress() {
        let text =
            "[pool]\nname = \"a\"\nworkers = 2\n[worker]\ncommand = [\"app\", \"{n}\"]\nlisten = \"unix:{run}/a.sock\"\n"
        #expect(
            messages(text) == [
                "x.toml:6:10: error: workers 1 and 2 would both listen on unix:/run/pool/a/a.sock; put {n} into the path"
            ]
        )
        #expect(
            messages(text.replacing("{run}/a.sock", with: "{run}/{n}.sock").replacing("{n}\"]", with: "x\"]")) == [
                "x.toml:5:11: warning: the command is the same for all 2 workers, so none is told where to listen; add {socket} or {port} to it"
            ]
        )
    }

    @Test func theLengthOfSocketPathsIsThatOfTheRealDirectory() {
        let long = "/" + String(repeating: "d", count: 90)
        #expect(Profile.decode(text: minimal, file: "x.toml", runtimeDirectory: long).spec == nil)
        #expect(Profile.decode(text: minimal, file: "x.toml", runtimeDirectory: "/run/pool").spec != nil)
    }

    @Test func aFileThatIsTooLargeIsNotEvenRead() {
        let decoded = Profile.decode(text: String(repeating: "#", count: Limits.profileBytesMax + 1), file: "x.toml")
        #expect(
            decoded.issues.map(\.description) == [
                "x.toml:1:1: error: the file has 1048577 bytes, a profile may have 1048576"
            ]
        )
    }

    @Test func aMessageCarriesNoControlCharacter() {
        let text = "[pool]\n\"na\\u001b[2Jme\" = 1\nname = \"\\u001b\"\n"
        for message in messages(text) { #expect(!message.unicodeScalars.contains { $0.value < 32 }) }
    }
}

@Suite struct VenvDecodingTests {
    private func decode(_ venv: String) -> Profile.Decoded {
        let text = "[pool]\nname = \"p\"\n[worker]\ncommand = [\"gunicorn\"]\n\(venv)\n"
        return Profile.decode(text: text, file: "/srv/p.toml")
    }

    @Test func theEnvironmentIsBesideTheProfileAndTheFirstStartMayTakeLonger() throws {
        let spec = try #require(decode("[worker.venv]\npackages = [\"gunicorn\", \"aiohttp>=3\"]").spec)
        #expect(spec.worker.venv?.path == "/srv/venv")
        #expect(spec.worker.venv?.packages == ["gunicorn", "aiohttp>=3"])
        #expect(spec.worker.startTimeout == .seconds(330))
        let written = Profile.decode(text: ProfileWriter.text(spec), file: "/srv/p.toml")
        #expect(written.spec == spec, "\(written.issues)")
    }

    @Test(arguments: [
        ("venv = { packages = [\"-r x\"] }", "is no package"), ("venv = {}", "packages is missing in venv"),
        ("venv = { packages = [] }", "0 packages"), ("venv = { packages = \"a\", pth = \"b\" }", "did you mean path"),
        ("venv = \"x\"", "expected a table"),
    ])
    func whatMakesNoSenseIsRefused(text: String, expected: String) {
        let issues = decode(text).issues
        #expect(issues.contains { $0.description.contains(expected) }, "\(issues)")
    }
}
