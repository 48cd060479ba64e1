import PoolModel
import PoolProfile
import Testing

@Suite struct ImportMutationTests {
    /// Whatever is done to the input: no crash, every profile that is written can be read, notes have a place.
    @Test func brokenInputIsSurvived() {
        var mutator = Mutator(random: SeededRandom(seed: Fuzz.seed))
        Fuzz.rounds(150) { round in
            var (supervisor, nginx, upstream) = (PageSnippets.supervisor, PageSnippets.nginx, PageSnippets.upstream)
            for _ in 0..<(round % 5 + 1) {
                supervisor = mutator.mutate(supervisor)
                nginx = mutator.mutate(round % 2 == 0 ? nginx : PageSnippets.gunicornSSL)
                upstream = mutator.mutate(upstream)
            }
            let result = ProfileImport.convert(
                supervisor: [ImportSource(file: "s", text: supervisor)],
                nginx: [ImportSource(file: "n", text: nginx), ImportSource(file: "u", text: upstream)],
                include: { pattern, _ in pattern.isEmpty ? [] : [ImportSource(file: "i", text: upstream)] }
            )
            check(result)
        }
    }

    @Test func brokenGunicornSettingsAreSurvived() {
        var mutator = Mutator(random: SeededRandom(seed: Fuzz.seed))
        let text =
            "bind = ['127.0.0.1:8000', \"unix:/a\"]\nworkers = 3\nwsgi_app = 'm:a'\nkeepalive = 5\nchdir = '/a'\n"
        Fuzz.rounds(300) { round in
            var changed = text
            for _ in 0..<(round % 5 + 1) { changed = mutator.mutate(changed) }
            check(GunicornImport.convert(ImportSource(file: "g.py", text: changed)))
        }
    }

    private func check(_ result: ProfileImport) {
        for note in result.notes {
            #expect(note.line >= 1 && note.column >= 1)
            #expect(!note.description.unicodeScalars.contains { $0.properties.generalCategory == .control })
        }
        for pool in result.pools {
            // Values may be impossible; the text itself is always TOML with known keys.
            for issue in pool.issues where issue.isError {
                #expect(
                    !issue.message.hasPrefix("unknown key") && !issue.message.contains("expected the end"),
                    "\(issue)\n\(pool.text)"
                )
            }
        }
    }
}
