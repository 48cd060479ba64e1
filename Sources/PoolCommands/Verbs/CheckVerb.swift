internal import ArgumentParser
internal import PoolAPI
private import PoolModel
private import PoolProfile

/// `poolctl check`.
struct CheckVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check profiles, without a daemon; nothing changes.",
        discussion: """
            Prints every issue as FILE:LINE:COLUMN: SEVERITY: TEXT. Exits with 0 where no file has an error, else with 1. \
            The files that a profile names, such as certificates and keys, are read by \
            `poold check`, run as the user that poold runs as.

            EXAMPLES
              poolctl check profiles/*.toml
              poolctl check /etc/pool
              poolctl check - < new.toml
            """
    )

    @Argument(help: "Files, and directories of *.toml files; - is standard input.")
    var files: [String]

    @OptionGroup var common: CommonOptions

    private struct Report: Encodable {
        var path: String
        var reply: CheckReply
    }

    func perform(_ context: Context) throws -> ExitCode {
        var reports: [Report] = []
        for file in try files.flatMap({ try profiles(at: $0, context.environment) }) {
            let decoded = try context.decodeProfile(file)
            let issues = decoded.issues.map(ProfileIssueRecord.init)
            reports.append(Report(path: file, reply: CheckReply(pool: decoded.spec?.name, issues: issues)))
            if !common.json {
                let verdict = decoded.errors.isEmpty ? "ok" : "\(decoded.errors.count) errors"
                try context.print(decoded.issues.map { TerminalText.clean($0.description) } + ["\(file): \(verdict)"])
            }
        }
        if common.json { try context.print(json: reports) }
        return reports.allSatisfy(\.reply.valid) ? .done : .failed
    }
}

extension CheckVerb {
    /// The files that poold would read there.
    private func profiles(at path: String, _ environment: ProgramEnvironment) throws -> [String] {
        guard path != "-", environment.isDirectory(path) else { return [path] }
        let directory = path.hasSuffix("/") ? path : path + "/"
        // Names of a directory are no patterns.
        let escaped = directory.reduce(into: "") { $0 += "\\*?[".contains($1) ? "\\\($1)" : "\($1)" }
        let found = environment.find(escaped + "*.toml").filter { !environment.isDirectory($0) }
        guard !found.isEmpty else {
            throw CommandError(.failed, "there is no *.toml in \(path)", remedy: "name the files")
        }
        return found
    }
}

extension ProfileIssueRecord {
    fileprivate init(_ issue: ProfileIssue) {
        self.init(
            severity: issue.isError ? .error : .warning,
            path: issue.file,
            line: issue.line,
            column: issue.column,
            message: issue.message,
            suggestion: issue.suggestion
        )
    }
}
