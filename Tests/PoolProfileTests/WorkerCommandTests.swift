import PoolModel
import PoolProfile
import Testing

@Suite struct WorkerCommandTests {
    private func command(_ change: (inout PoolSpec) -> Void = { _ in }) throws -> WorkerCommand {
        var spec = PoolSpec(
            name: "example",
            workers: 4,
            worker: WorkerSpec(command: ["python3", "app.py", "--path={socket}"], listen: "unix:{run}/{n}.sock")
        )
        change(&spec)
        return try WorkerCommand(spec, number: 2, runDirectory: "/run/pool/example", profileDirectory: "/etc/pool")
    }

    @Test func everythingIsFilledIn() throws {
        let command = try command { spec in
            spec.worker.environment = ["WORKER": "{name}", "PORT": "{9000+n}"]
            spec.worker.environmentFiles = ["app.env", "/etc/default/{pool}"]
        }
        #expect(command.arguments == ["python3", "app.py", "--path=/run/pool/example/2.sock"])
        #expect(command.environment == ["WORKER": "example_2", "PORT": "9002"])
        #expect(command.environmentFiles == ["/etc/pool/app.env", "/etc/default/example"])
        #expect(command.directory == "/etc/pool")
        #expect(command.address == .unix(path: "/run/pool/example/2.sock"))
    }

    @Test(
        arguments: [
            (nil, "bin/python", "/etc/pool", "/etc/pool/bin/python"),
            ("..", ".venv/bin/python", "/etc", "/etc/.venv/bin/python"),
            ("../..", "./x", "/", "/x"),
            ("app", "../x", "/etc/pool/app", "/etc/pool/x"),
            ("/srv/{pool}", "bin/x", "/srv/example", "/srv/example/bin/x"),
            (".", "/bin/x", "/etc/pool", "/bin/x"),
            ("{profile}/a", "x", "/etc/pool/a", "x"),
        ] as [(String?, String, String, String)]
    )
    func relativePathsStartAtTheProfile(directory: String?, program: String, inDirectory: String, absolute: String)
        throws
    {
        let command = try command { spec in
            spec.worker.directory = directory
            spec.worker.command = [program]
        }
        #expect(command.directory == inDirectory)
        #expect(command.arguments == [absolute])
    }

    @Test func anAddressThatIsNoneIsAnError() {
        #expect(throws: TemplateError.self) { try command { $0.worker.listen = "{run}/{n}.sock" } }
        #expect(throws: TemplateError.self) { try command { $0.worker.listen = "127.0.0.1:{65534+n}" } }
    }
}
