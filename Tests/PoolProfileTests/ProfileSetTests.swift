import PoolModel
import PoolProfile
import Testing

@Suite struct ProfileSetTests {
    private func profile(_ name: String, workers: Int = 1, listen: String = "unix:{run}/{n}.sock", front: String)
        -> String
    {
        """
        [pool]
        name = "\(name)"
        workers = \(workers)
        [worker]
        command = ["app", "{n}"]
        listen = "\(listen)"
        [front]
        listen = "\(front)"
        """
    }

    private func messages(_ files: [(String, String)]) -> [String] {
        Profile.decodeAll(files.map { (file: $0.0, text: $0.1) }).issues.map(\.description)
    }

    @Test func differentPoolsRunSideBySide() {
        let set = Profile.decodeAll([
            (file: "a.toml", text: profile("a", front: "127.0.0.1:8080")),
            (file: "b.toml", text: profile("b", front: "127.0.0.1:8081")),
        ])
        #expect(set.issues.isEmpty)
        #expect(set.specs.map(\.name) == ["a", "b"])
    }

    @Test func whatPoolsMayGrowOntoIsWarnedOf() {
        let scale = "[scale]\nauto = \"on\"\nmin = 1\nmax = 5\n"
        let a = profile("a", listen: "127.0.0.1:{9000+n}", front: "127.0.0.1:90").replacing(
            "[front]",
            with: scale + "[front]"
        )
        let b = profile("b", listen: "127.0.0.1:{9003+n}", front: "127.0.0.1:91")
        for files in [[("a.toml", a), ("b.toml", b)], [("b.toml", b), ("a.toml", a)]] {
            let set = Profile.decodeAll(files.map { (file: $0.0, text: $0.1) })
            #expect(!set.hasErrors && set.profiles.count == 2)
            let found = set.issues.map(\.description)
            #expect(found.count == 1 && found[0].contains("warning: once scaled to max, worker "), "\(found)")
            #expect(found[0].contains("127.0.0.1:9004 is already taken by worker "), "\(found)")
        }
        let quiet = a.replacing("\"on\"", with: "\"off\"")
        #expect(messages([("a.toml", quiet), ("b.toml", b)]).isEmpty)
    }

    @Test func whatTwoProfilesBothWantIsRefusedAtTheLater() {
        #expect(
            messages([("a.toml", profile("a", front: "0.0.0.0:80")), ("b.toml", profile("b", front: "127.0.0.1:80"))])
                == [
                    "b.toml:8:10: error: 127.0.0.1:80 is already taken by the front of pool a in a.toml"
                ]
        )
        let taken = profile("b", workers: 3, listen: "127.0.0.1:{8078+n}", front: "127.0.0.1:90")
        #expect(
            messages([("a.toml", profile("a", front: "127.0.0.1:8080")), ("b.toml", taken)]) == [
                "b.toml:6:10: error: worker b_2: 127.0.0.1:8080 is already taken by the front of pool a in a.toml"
            ]
        )
        #expect(
            messages([
                ("a.toml", profile("a", front: "127.0.0.1:1")),
                ("b.toml", profile("a", listen: "unix:/x", front: "127.0.0.1:2")),
            ]) == [
                "b.toml:2:8: error: the pool a is already defined in a.toml"
            ]
        )
    }

    @Test func theWorkersOfAllPoolsAreBounded() {
        let files = ["a", "b"].enumerated().map { ($1, profile($1, workers: 4000, front: "127.0.0.1:\($0 + 1)")) }
        #expect(messages(files) == ["b:3:11: error: with these there would be 8000 workers in all; the most is 4096"])
    }

    @Test func aBadProfileDoesNotHideTheOthers() {
        let set = Profile.decodeAll([(file: "a", text: "["), (file: "b", text: profile("b", front: "127.0.0.1:1"))])
        #expect(set.hasErrors)
        #expect(set.specs.map(\.name) == ["b"])
    }
}
