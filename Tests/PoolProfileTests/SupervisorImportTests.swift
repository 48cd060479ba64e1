import PoolModel
import PoolProfile
import Testing

@Suite struct SupervisorImportTests {
    private func convert(_ text: String, include: @escaping ImportInclude = { _, _ in [] }) -> ProfileImport {
        ProfileImport.convert(
            supervisor: [ImportSource(file: "/etc/supervisor/s.conf", text: text)],
            nginx: [],
            environment: ImportEnvironment(variables: ["APP_HOME": "/srv/{app}"]),
            include: include
        )
    }

    private func spec(_ options: String) throws -> PoolSpec {
        try #require(
            convert("[program:app]\ncommand=app --path=/run/app_%(process_num)s.sock\n\(options)\n").pools.first
        ).spec
    }

    /// The daemon's own sections hold for all programs, whichever file they stand in, the last read first.
    @Test func sectionsOfTheDaemonAreExpandedAndJoined() throws {
        let result = convert(
            "[supervisord]\nuser=%(ENV_APP_USER)s\nminfds=100\n[program:a]\ncommand=a\n[include]\nfiles=more.conf\n"
        ) { _, _ in [ImportSource(file: "/etc/more.conf", text: "[supervisord]\nminfds=200\ndirectory=%(x)s\n")] }
        #expect(result.pools.first?.spec.worker.limits["nofile"] == 200)
        for option in ["user", "directory"] {
            #expect(result.notes.contains { $0.directive == option && $0.kind == .lost }, "\(option): \(result.notes)")
        }
        let named = convert("[supervisord]\nuser=%(program_name)s\n[program:a]\ncommand=a\n")
        #expect(named.pools.first?.spec.worker.user == "supervisord")
    }

    @Test func anIncludedFileThatIsTooLargeIsNotRead() {
        let text = "[program:big]\ncommand=big\n" + String(repeating: "; padding\n", count: 120_000)
        let result = convert("[include]\nfiles=big.conf\n[program:a]\ncommand=a\n") { _, _ in
            [ImportSource(file: "/etc/big.conf", text: text)]
        }
        #expect(result.pools.map(\.name) == ["a"])
        #expect(result.notes.contains { $0.file == "/etc/big.conf" && $0.kind == .invalid })
    }

    @Test func everyOptionWithAMeaningIsCarriedOver() throws {
        let spec = try spec(
            """
            numprocs=2
            priority=5
            directory=%(here)s/app
            umask=022
            environment=A="1,2",B='x%%y',C=%(ENV_APP_HOME)s/%(program_name)s,
             D=%(process_num)02d
            autostart=false
            autorestart=unexpected
            exitcodes=0,2
            startsecs=3
            startretries=4
            stopsignal=SIGINT
            stopwaitsecs=20
            stopasgroup=true
            redirect_stderr=yes
            stdout_logfile_maxbytes=20MB
            stdout_logfile_backups=3
            """
        )
        #expect(spec.workers == 2)
        #expect(spec.first == 0)
        #expect(spec.priority == 5)
        #expect(spec.worker.directory == "/etc/supervisor/app")
        #expect(spec.worker.umask == 0o22)
        #expect(spec.worker.environment == ["A": "1,2", "B": "x%y", "C": "/srv/{{app}}/app", "D": "{n:02}"])
        #expect(!spec.worker.autostart)
        #expect(spec.worker.autorestart == .unexpected)
        #expect(spec.worker.exitCodes == [0, 2])
        #expect(spec.worker.startSeconds == .seconds(3))
        #expect(spec.worker.backoff.deathsMax == 5)
        #expect(spec.worker.stopSignals == ["INT"])
        #expect(spec.worker.stopTimeout == .seconds(20))
        #expect(spec.worker.stopAsGroup)
        #expect(spec.worker.redirectStderr)
        #expect(spec.log.fileBytesMax == 20 << 20)
        #expect(spec.log.filesMax == 3)
        // supervisord's own defaults, where nothing is said.
        #expect(try self.spec("").worker.autorestart == .unexpected)
        #expect(try !self.spec("").worker.stopAsGroup)
    }

    @Test func everyExpansionIsFilledIn() throws {
        let text = """
            [program:web]
            command=app --port=81%(process_num)s --on=%(host_node_name)s --of=%(numprocs)d
            process_name=%(program_name)s_%(process_num)02d
            numprocs=3
            numprocs_start=4
            environment=P=%(program_name)s,G=%(group_name)s,H=%(here)s,E=%(ENV_APP_HOME)s,L=50%%
            [group:site]
            programs=web
            """
        let spec = try #require(convert(text).pools.first).spec
        #expect(spec.workers == 3 && spec.first == 4)
        #expect(spec.worker.listen == "127.0.0.1:81{n}")
        #expect(spec.worker.command.contains("--of=3"))
        let host = try #require(spec.worker.command.first { $0.hasPrefix("--on=") })
        #expect(host.count > "--on=".count && !host.contains("%"))
        let wanted = ["P": "web", "G": "site", "H": "/etc/supervisor", "E": "/srv/{{app}}", "L": "50%"]
        #expect(spec.worker.environment == wanted)
    }

    @Test(arguments: [
        ("app --path=/run/a_%(process_num)s.sock", "unix:/run/a_{n}.sock", ["app", "--path={socket}"]),
        ("app --port 808%(process_num)s", "127.0.0.1:808{n}", ["app", "--port", "{port}"]),
        ("gunicorn m:a --bind unix:/run/g.sock", "unix:/run/g.sock", ["gunicorn", "m:a", "--bind", "unix:{socket}"]),
        ("gunicorn m:a -b 0.0.0.0:8000", "127.0.0.1:8000", ["gunicorn", "m:a", "-b", "0.0.0.0:{port}"]),
        (
            "/bin/sh -c 'echo \"{}\"; exec app --uds=x' \"a b\"", "unix:{run}/{name}.sock",
            ["/bin/sh", "-c", "echo \"{{}}\"; exec app --uds=x", "a b"]
        ),
    ])
    func theAddressIsFoundInTheCommand(command: String, listen: String, argv: [String]) throws {
        let result = convert("[program:app]\ncommand=\(command)\n")
        let spec = try #require(result.pools.first).spec
        #expect(spec.worker.listen == listen)
        #expect(spec.worker.command == argv)
        #expect(result.notes.isEmpty == !listen.contains("{run}"))
    }

    @Test(arguments: [
        ("[program:x]\nnumprocs=2\n", "s.conf:1:1: invalid: program:x: the program has no command"),
        ("[program:x]\ncommand=a 'b\n", "s.conf:2:1: invalid: command: a quote is not closed"),
        ("[program:x]\ncommand=a --port=1\nnumprocs=many\n", "s.conf:3:1: invalid: numprocs: expected an integer"),
        (
            "[program:x]\ncommand=a --port=1\n stdout_logfile=/x\nfoo=1\n",
            "s.conf:4:1: lost: foo: no option of supervisord"
        ),
        (
            "[program:x]\ncommand=a --port=%(ENV_NOPE)s\n",
            "s.conf:2:1: lost: command: \"%(ENV_NOPE)s\" is not known here"
        ),
        (
            "[program:x]\ncommand=a --port=1\nstdout_syslog=true\n",
            "s.conf:3:1: lost: stdout_syslog: Pool does not write to syslog"
        ),
        ("[eventlistener:x]\ncommand=a\n", "s.conf:1:1: lost: eventlistener:x"),
        ("[unix_http_server]\nfile=/x\n", "s.conf:1:1: unneeded: unix_http_server"),
        ("command=a\n", "s.conf:1:1: invalid: command=a: it stands before the first [section]"),
        ("[program:x\n", "s.conf:1:1: invalid: [program:x: a section's name ends with ']'"),
        ("[x]\nname\n", "s.conf:2:1: invalid: name: expected name = value"),
        ("[include]\nfiles = none/*.conf\n", "s.conf:2:1: lost: files: none/*.conf was not found"),
    ])
    func whatIsNotCarriedOverIsSaid(text: String, expected: String) {
        let notes = convert(text).notes.map { $0.description.replacing("/etc/supervisor/", with: "") }
        #expect(notes.contains { $0.hasPrefix(expected) }, "\(notes)")
    }

    @Test func commentsAndContinuationsAreSupervisords() throws {
        let spec = try spec("directory=/srv/a;b ; a comment\nenvironment=A=\"x#y\", # another\n  B=\"2\"\n# numprocs=9")
        #expect(spec.worker.directory == "/srv/a;b")
        #expect(spec.worker.environment == ["A": "x#y", "B": "2"])
        #expect(spec.workers == 1)
    }

    @Test func includesAreFollowedAndGroupsAndLimitsApply() throws {
        let result = convert("[include]\nfiles = conf.d/*.conf\n[supervisord]\nminfds=4096\nlogfile=/x\n") {
            pattern,
            file in
            guard pattern == "conf.d/*.conf", file == "/etc/supervisor/s.conf" else { return [] }
            return [
                ImportSource(
                    file: "a.conf",
                    text: "[program:a]\ncommand=a --port=%(group_name)s1\n[group:9]\nprograms=a\n"
                )
            ]
        }
        let spec = try #require(result.pools.first).spec
        #expect(spec.worker.limits == ["nofile": 4096])
        #expect(spec.worker.listen == "127.0.0.1:91")
    }

    @Test func twoProgramsOfOneNameStayApart() {
        let result = convert("[program:a]\ncommand=a --port=1\n[program:A]\ncommand=a --port=2\n")
        #expect(result.pools.map(\.name) == ["a", "a-2"])
    }
}
