internal import ArgumentParser
internal import PoolAPI
private import PoolProfile

/// `poolctl import`.
struct ImportVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make profiles of supervisord's and nginx's configuration.",
        discussion: """
            Prints the profiles; what could not be carried over to the letter is said on standard error, line by line.
            Files named by include directives must be given too.

            EXAMPLES
              poolctl import --supervisor supervisord.conf --nginx nginx.conf > example.toml
            """
    )

    @Option(help: ArgumentHelp("A supervisord configuration; may be repeated.", valueName: "file"))
    var supervisor: [String] = []

    @Option(help: ArgumentHelp("An nginx configuration; may be repeated.", valueName: "file"))
    var nginx: [String] = []

    @OptionGroup var common: CommonOptions

    private struct Report: Encodable {
        struct Pool: Encodable {
            var name: String
            var profile: String
        }

        var pools: [Pool]
        var notes: [ImportNote]
    }

    func validate() throws {
        if supervisor.isEmpty, nginx.isEmpty { throw ValidationError("Give --supervisor or --nginx.") }
    }

    func perform(_ context: Context) throws -> ExitCode {
        func read(_ files: [String]) throws -> [ImportSource] {
            try files.map { file in
                ImportSource(file: file, text: String(decoding: try context.environment.readFile(file), as: UTF8.self))
            }
        }
        let result = ProfileImport.convert(supervisor: try read(supervisor), nginx: try read(nginx))
        if common.json {
            let pools = result.pools.map { Report.Pool(name: $0.name, profile: $0.text) }
            try context.print(json: Report(pools: pools, notes: result.notes))
        } else {
            try context.print(result.pools.map(\.text))
            for note in result.notes { try context.note(TerminalText.clean(note.description)) }
            for issue in result.pools.flatMap(\.issues) { try context.note(TerminalText.clean(issue.description)) }
        }
        return result.pools.isEmpty || result.pools.contains { $0.issues.contains(where: \.isError) } ? .failed : .done
    }
}
