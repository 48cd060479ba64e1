internal import ArgumentParser
internal import PoolAPI
private import PoolProfile

/// `poolctl import`.
struct ImportVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make profiles of supervisord's, nginx's and gunicorn's configuration.",
        discussion: """
            Prints the profiles, or writes NAME.toml for each into --output. What could not be carried over to the \
            letter is said on standard error, line by line, and in the profile; includes are followed. No code of a \
            gunicorn.conf.py is run.

            Whose a file is follows from its text: supervisord's begins with a [section], gunicorn's ends in .py, \
            all others are nginx's. Files that belong together are given together.

            EXAMPLES
              poolctl import supervisord.conf nginx.conf > example.toml
              poolctl import /etc/supervisor/supervisord.conf /etc/nginx/nginx.conf --output profiles
              poolctl import gunicorn.conf.py /etc/nginx/sites-enabled/app > app.toml
            """
    )

    @Argument(help: "Configuration files.")
    var files: [String] = []

    @Option(
        help: ArgumentHelp("A supervisord configuration, whatever it looks like; may be repeated.", valueName: "file")
    )
    var supervisor: [String] = []

    @Option(help: ArgumentHelp("An nginx configuration; may be repeated.", valueName: "file"))
    var nginx: [String] = []

    @Option(help: ArgumentHelp("A gunicorn configuration; may be repeated.", valueName: "file"))
    var gunicorn: [String] = []

    @Option(
        help: ArgumentHelp(
            "Write NAME.toml for each pool here; what exists is not overwritten.",
            valueName: "directory"
        )
    )
    var output: String?

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
        if files.isEmpty, supervisor.isEmpty, nginx.isEmpty, gunicorn.isEmpty {
            throw ValidationError("Give at least one configuration file.")
        }
    }

    func perform(_ context: Context) throws -> ExitCode {
        func source(_ file: String) throws -> ImportSource {
            ImportSource(file: file, text: String(decoding: try context.environment.readFile(file), as: UTF8.self))
        }
        let given = try files.map(source)
        for file in given {
            guard case .other(let what) = ImportKind(of: file) else { continue }
            throw ValidationError(
                "\(file.file) looks like \(what); configurations of supervisord, nginx and gunicorn can be imported. "
                    + "--supervisor, --nginx and --gunicorn say what a file is."
            )
        }
        func all(_ kind: ImportKind, _ named: [String]) throws -> [ImportSource] {
            try given.filter { ImportKind(of: $0) == kind } + named.map(source)
        }
        let main = files + supervisor + nginx
        let result = ProfileImport.convert(
            supervisor: try all(.supervisord, supervisor),
            nginx: try all(.nginx, nginx),
            gunicorn: try all(.gunicorn, gunicorn),
            environment: ImportEnvironment(
                variables: context.environment.allVariables(),
                hostName: context.environment.hostName(),
                processors: context.environment.processors(),
                directory: context.environment.workingDirectory(),
                output: output
            ),
            include: { context.included($0, by: $1, among: main) }
        )
        if let output {
            for pool in result.pools { try context.environment.writeFile("\(output)/\(pool.name).toml", pool.text) }
        }
        if common.json {
            let pools = result.pools.map { Report.Pool(name: $0.name, profile: $0.text) }
            try context.print(json: Report(pools: pools, notes: result.notes))
        } else {
            try context.print(result.pools.map { pool in output.map { "\($0)/\(pool.name).toml" } ?? pool.text })
            for note in result.notes { try context.note(TerminalText.clean(note.description)) }
            if result.pools.isEmpty { try context.note("There is no pool in \(main.joined(separator: ", ")).") }
            if result.pools.count > 1, output == nil {
                try context.note("These are \(result.pools.count) profiles: --output DIRECTORY gives each a file.")
            }
            for issue in result.pools.flatMap(\.issues) { try context.note(TerminalText.clean(issue.description)) }
        }
        return result.pools.isEmpty || result.pools.contains { $0.issues.contains(where: \.isError) } ? .failed : .done
    }
}

extension Context {
    /// The files of an include. nginx's patterns are relative to its main file's directory, supervisord's to the
    /// file they stand in.
    fileprivate func included(_ pattern: String, by file: String, among main: [String]) -> [ImportSource] {
        func directory(_ path: String) -> String {
            path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        }
        let bases = pattern.hasPrefix("/") ? [""] : [directory(file)] + main.map(directory)
        for base in bases {
            // A directory that a pattern matches is read by nobody.
            let paths = environment.find(base + pattern).filter { !environment.isDirectory($0) }
            let found = paths.map { path in
                do {
                    let text = String(decoding: try environment.readFile(path), as: UTF8.self)
                    return ImportSource(file: path, text: text)
                } catch {
                    return ImportSource(file: path, text: "", trouble: "\(error)")
                }
            }
            if !found.isEmpty { return found }
        }
        return []
    }
}
