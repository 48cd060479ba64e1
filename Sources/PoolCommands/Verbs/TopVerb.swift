internal import ArgumentParser
internal import PoolAPI
private import PoolClient
private import PoolModel

/// `poolctl top`.
struct TopVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Open the dashboard (runs pooltop).",
        discussion: """
            EXAMPLES
              poolctl top --pool shop
              poolctl top --url https://web1:7443 --cert me.pem --ca ca.pem
            """
    )

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        var arguments =
            switch context.endpoint {
            case .socket: ["--runtime-dir", context.runtimeDirectory]
            case .remote(let remote):
                [
                    "--url", context.endpoint.name, "--cert", remote.certificate, "--key", remote.key,
                    "--ca", remote.authorities,
                ]
            }
        if let pool = context.settings.pool { arguments += ["--pool", pool] }
        try context.environment.execute("pooltop", arguments)
        return .failed
    }
}
