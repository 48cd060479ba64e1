import PoolModel
import PoolProfile
import Testing

@Suite struct ShippedProfilesTests {
    @Test func everyProfileOfTheRepositoryDecodesWithoutIssue() throws {
        let names = try Repository.names(in: "profiles").filter { $0.hasSuffix(".toml") }
        #expect(names.contains("aiohttp.toml"))
        for name in names {
            let decoded = Profile.decode(text: try Repository.text("profiles/\(name)"), file: "profiles/\(name)")
            #expect(decoded.spec != nil && decoded.issues.isEmpty, "\(decoded.issues)")
        }
    }

    @Test func theyCanAllRunTogether() throws {
        // A daemon has one engine: the profile that shows another one runs alone.
        let names = try Repository.names(in: "profiles").filter { $0.hasSuffix(".toml") && $0 != "haproxy.toml" }
        let set = Profile.decodeAll(try names.map { (file: $0, text: try Repository.text("profiles/\($0)")) })
        #expect(set.issues.isEmpty, "\(set.issues)")
    }

    @Test func theFirstProfileIsThePagesPool() throws {
        let decoded = Profile.decode(
            text: try Repository.text("profiles/aiohttp.toml"),
            file: "profiles/aiohttp.toml",
            directory: "/repo/profiles"
        )
        let spec = try #require(decoded.spec)
        let command = try WorkerCommand(
            spec,
            number: 4,
            runDirectory: "/run/pool/example",
            profileDirectory: "/repo/profiles"
        )
        #expect(command.directory == "/repo")
        #expect(
            command.arguments == [
                "/repo/.venv/bin/python", "profiles/app/aiohttp_example.py", "--path=/run/pool/example/example_4.sock",
            ]
        )
        #expect(spec.workers == 4)
        #expect(spec.front.listen.map(\.description) == ["127.0.0.1:8080"])
    }
}
