internal import ArgumentParser
internal import PoolAPI
private import PoolModel
private import PoolProfile

/// `poolctl export`.
struct ExportVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a profile in the words of nginx, supervisord or systemd.",
        discussion: """
            Prints the configuration, or writes its files into --output. Every key that the program has no word for is \
            said on standard error.

            EXAMPLES
              poolctl export nginx app.toml > nginx.conf && nginx -t -c $PWD/nginx.conf
              poolctl export supervisord app.toml > app.conf
              poolctl export systemd app.toml --output /etc/systemd/system
            """
    )

    /// ArgumentParser's own name for the choice.
    enum Target: String, ExpressibleByArgument, CaseIterable {
        case nginx, supervisord, systemd

        fileprivate var kind: ProfileExport.Kind {
            switch self {
            case .nginx: .nginx
            case .supervisord: .supervisord
            case .systemd: .systemd
            }
        }
    }

    @Argument(help: "nginx, supervisord or systemd.")
    var target: Target

    @Argument(help: "The profile.")
    var file: String

    @Option(help: ArgumentHelp("Write the files here; what exists is not overwritten.", valueName: "directory"))
    var output: String?

    @OptionGroup var common: CommonOptions

    private struct Report: Encodable {
        struct File: Encodable {
            var name: String
            var text: String
        }

        var files: [File]
        var notes: [ImportNote]
    }

    func perform(_ context: Context) throws -> ExitCode {
        // Other programs are not started in the profile's directory: every path must be absolute.
        let path = file.hasPrefix("/") ? file : "\(context.environment.workingDirectory())/\(file)"
        let text = String(decoding: try context.environment.readFile(file), as: UTF8.self)
        let decoded = Profile.decode(
            text: text,
            file: file,
            runtimeDirectory: context.directories.runtime,
            directory: path.lastIndex(of: "/").map { String(path[..<$0]) }
        )
        for issue in decoded.errors { try context.note(TerminalText.clean(issue.description)) }
        guard let profile = decoded.profile else { return .failed }
        let result = ProfileExport.convert(
            profile,
            to: target.kind,
            runtimeDirectory: context.directories.runtime
        )
        if let output {
            for file in result.files { try context.environment.writeFile("\(output)/\(file.name)", file.text) }
        }
        if common.json {
            let files = result.files.map { Report.File(name: $0.name, text: $0.text) }
            try context.print(json: Report(files: files, notes: result.notes))
            return .done
        }
        for file in result.files {
            if let output {
                try context.print("\(output)/\(file.name)")
            } else {
                // Several files are told apart by their names in front.
                if result.files.count > 1 { try context.print("# \(file.name)") }
                try context.write(file.text)
            }
        }
        for note in result.notes { try context.note(TerminalText.clean(note.description)) }
        return .done
    }
}
