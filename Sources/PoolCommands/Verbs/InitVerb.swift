internal import ArgumentParser
internal import PoolAPI
private import PoolModel
private import PoolProfile

/// `poolctl init`.
struct InitVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Print a commented profile for a new pool.",
        discussion: """
            EXAMPLES
              poolctl init --name shop --workers 4 --health /health -- \\
                  .venv/bin/python app.py '--path={socket}' > shop.toml
              poolctl init --name api --port 8081 --listen 0.0.0.0:80 -- uvicorn api:app --port '{port}' > api.toml
            """
    )

    @Option(help: "The pool's name.")
    var name = "example"

    @Option(help: "How many workers.")
    var workers = 4

    @Option(help: ArgumentHelp("Where clients connect.", valueName: "address"))
    var listen = "127.0.0.1:8080"

    @Option(help: ArgumentHelp("The first worker's TCP port; unix sockets where it is absent.", valueName: "port"))
    var port: Int?

    @Option(help: ArgumentHelp("The path that probes ask for.", valueName: "path"))
    var health: String?

    @Flag(help: "Every key with its meaning, not only those that differ from the default.")
    var everything = false

    @Argument(parsing: .postTerminator, help: "The command; {socket}, {port}, {n} and {name} are filled in.")
    var command: [String]

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        guard !command.isEmpty else {
            throw CommandError(.usage, "the command is missing", remedy: "put it behind --")
        }
        guard let address = Address(listen) else {
            throw CommandError(.usage, "\(listen) is not an address", remedy: "use 0.0.0.0:8080 or unix:/path")
        }
        let place = port.map { "tcp:127.0.0.1:{\($0 - 1)+n}" } ?? "unix:{run}/\(name)_{n}.sock"
        var spec = PoolSpec(name: name, workers: workers, worker: WorkerSpec(command: command, listen: place))
        spec.front.listen = [address]
        spec.health.path = health
        if health == nil { spec.worker.ready = .listen }
        let text = ProfileWriter.text(
            spec,
            detail: everything ? .everything : .changes,
            comment: ["The pool \(name): `poolctl check` looks for mistakes, `poold run` starts it."]
        )
        let issues = Profile.decode(text: text, file: "\(name).toml", runtimeDirectory: context.directories.runtime)
            .issues
        for issue in issues { try context.note("poolctl: \(TerminalText.clean(issue.description))") }
        guard !issues.contains(where: \.isError) else { return .usage }
        try context.write(text)
        return .done
    }
}
