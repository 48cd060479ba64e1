import PoolModel
import PoolProfile
import Testing

@Suite struct ProfileReferenceTests {
    @Test func theReferenceInTheDocsIsTrue() throws {
        if Repository.isRecording { try Repository.write(ProfileReference.markdown, to: "docs/PROFILE.md") }
        #expect(try Repository.text("docs/PROFILE.md") == ProfileReference.markdown, "`make golden` writes it again")
    }

    @Test func everyDefaultDecodesToItself() throws {
        // A profile in which every key is given its default is the same as one in which none is.
        let minimal = PoolSpec(name: "a", worker: WorkerSpec(command: ["app"], listen: "unix:{run}/{name}.sock"))
        let text = ProfileWriter.text(minimal, detail: .everything)
        for field in ProfileReference.fields { #expect(text.contains("\(field.key) = "), "\(field.path)") }
        let decoded = Profile.decode(text: text, file: "x")
        #expect(decoded.errors.isEmpty, "\(decoded.errors)")
        var expected = minimal
        expected.worker.ready = .listen
        #expect(decoded.spec == expected)
    }

    @Test func everyFieldOfTheModelIsReachable() {
        // The number of stored properties of the specs: a new one needs a key, or to be counted out here with a reason.
        let specs: [Any] = [
            PoolSpec(name: "", worker: WorkerSpec(command: [], listen: "")), WorkerSpec(command: [], listen: ""),
            BackoffPolicy(),
            FrontSpec(), MaintenanceSpec(), ProxyTimeouts(), ProxyLimits(), BalanceSpec(), EjectionPolicy(),
            HealthSpec(), LogSpec(), ScaleSpec(), HookSpec(),
        ]
        let properties = specs.reduce(0) { $0 + Mirror(reflecting: $1).children.count }
        // Twelve of them are the specs within specs; statusMin and statusMax share a key.
        #expect(ProfileReference.fields.count == properties - 12 - 1)
        #expect(Set(ProfileReference.fields.map(\.path)).count == ProfileReference.fields.count)
    }
}
