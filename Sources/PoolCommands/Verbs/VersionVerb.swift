internal import ArgumentParser
internal import PoolAPI
private import PoolClient

/// `poolctl version`.
struct VersionVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the versions of this program and of the daemon."
    )

    @OptionGroup var common: CommonOptions

    private struct Versions: Encodable {
        var poolctl = APIVersion.product
        var daemon: VersionReply?
        var error: String?
    }

    /// A daemon that is not there is no failure of this question.
    func perform(_ context: Context) throws -> ExitCode {
        var versions = Versions()
        do throws(SessionError) {
            versions.daemon = try context.send(.version())
        } catch {
            versions.error = error.message
        }
        if common.json {
            try context.print(json: versions)
            return .done
        }
        var lines = ["poolctl \(APIVersion.product)"]
        if let daemon = versions.daemon {
            let keeper = daemon.keeperPid.map { ", keeper \($0)" } ?? ""
            lines.append("poold   \(daemon.version) (manager \(daemon.pid)\(keeper), \(daemon.runtimeDirectory))")
        } else if let error = versions.error {
            lines.append("poold   \(TerminalText.clean(error))")
        }
        try context.print(lines)
        return .done
    }
}
