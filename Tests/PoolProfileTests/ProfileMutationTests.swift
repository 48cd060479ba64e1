import PoolModel
import PoolProfile
import Testing

@Suite struct ProfileMutationTests {
    /// Whatever is done to a profile: no crash, and either a spec or an error with a place in the text.
    @Test func brokenProfilesAreRefusedWithAPlace() throws {
        var random = SeededRandom(seed: Fuzz.seed)
        var texts = try Repository.names(in: "profiles").filter { $0.hasSuffix(".toml") }.map {
            try Repository.text("profiles/\($0)")
        }
        texts += (0..<5).map { _ in ProfileWriter.text(RandomSpec.make(&random), detail: .everything) }
        var mutator = Mutator(random: random)
        Fuzz.rounds(300) { round in
            var text = texts[round % texts.count]
            for _ in 0..<(round % 4 + 1) { text = mutator.mutate(text) }
            let decoded = Profile.decode(text: text, file: "x.toml")
            #expect((decoded.spec == nil) == !decoded.errors.isEmpty)
            let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for issue in decoded.issues {
                #expect(issue.line >= 1 && issue.line <= lines.count, "\(issue)")
                guard issue.line >= 1, issue.line <= lines.count else { continue }
                let columns = String(decoding: Array(lines[issue.line - 1]), as: UTF8.self).unicodeScalars.count
                #expect(issue.column >= 1 && issue.column <= columns + 1, "\(issue) in \(text.debugDescription)")
            }
            guard let spec = decoded.spec else { return }
            #expect(Profile.decode(text: ProfileWriter.text(spec), file: "x.toml").spec == spec)
        }
    }
}
