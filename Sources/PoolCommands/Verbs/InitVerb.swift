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
            Without a command, and on a terminal, it asks for what it needs.

            EXAMPLES
              poolctl init > shop.toml
              poolctl init --name shop --workers 4 --health /health -- \\
                  .venv/bin/python app.py '--path={socket}' > shop.toml
              poolctl init --name api --port 8081 --listen 0.0.0.0:80 -- uvicorn api:app --port '{port}' > api.toml
            """
    )

    @Option(help: "The pool's name (default example).")
    var name: String?

    @Option(help: "How many workers (default 4).")
    var workers: Int?

    @Option(help: ArgumentHelp("Where clients connect (default 127.0.0.1:8080).", valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("The first worker's TCP port; unix sockets where it is absent.", valueName: "port"))
    var port: Int?

    @Option(help: ArgumentHelp("The path that probes ask for.", valueName: "path"))
    var health: String?

    @Flag(help: "Every key with its meaning, not only those that differ from the default.")
    var everything = false

    @Argument(parsing: .postTerminator, help: "The command; {socket}, {port}, {n} and {name} are filled in.")
    var command: [String] = []

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        var wish = Wish(name: name, workers: workers, listen: listen, port: port, health: health, command: command)
        if command.isEmpty {
            guard context.environment.isTerminal(.input) else {
                throw CommandError(.usage, "the command is missing", remedy: "put it behind --")
            }
            try wish.ask(context)
        }
        let spec = try wish.spec()
        let text = ProfileWriter.text(
            spec,
            detail: everything ? .everything : .commented,
            comment: [
                "The pool \(spec.name): `poolctl check` looks for mistakes, `poold run` starts it.",
                "`poolctl init --everything` shows every other key.",
            ]
        )
        let runtime = context.directories.runtime
        let issues = Profile.decode(text: text, file: "\(spec.name).toml", runtimeDirectory: runtime).issues
        for issue in issues { try context.note("poolctl: \(TerminalText.clean(issue.description))") }
        guard !issues.contains(where: \.isError) else { return .usage }
        try context.write(text)
        return .done
    }
}

/// What the new pool is to be; what nobody has said yet is nil.
private struct Wish {
    var name: String?
    var workers: Int?
    var listen: String?
    var port: Int?
    var health: String?
    var command: [String]

    /// Asks on standard error, because the profile goes to standard output; an empty answer takes what is offered.
    mutating func ask(_ context: Context) throws {
        func answer(
            _ question: String,
            _ offered: String,
            trouble: (String) -> String? = { _ in nil }
        ) throws -> String {
            while true {
                try context.environment.write(.errors, Array("\(question) [\(offered)]: ".utf8))
                guard let line = context.environment.readLine()?.trimmed, !line.isEmpty else { return offered }
                guard let trouble = trouble(line) else { return line }
                // Nothing of what was said before is lost.
                try context.note("  \(TerminalText.clean(line)) \(trouble)")
            }
        }
        name = try name ?? answer("Name of the pool", "example")
        let line = try answer(
            "Command of a worker ({socket} is where it listens; {port} for TCP)",
            "python3 app.py --path={socket}"
        )
        command = QuotedWords.split(line)
        if line.contains("{port}"), port == nil {
            port = Int(try answer("TCP port of the first worker", "8081", trouble: Wish.trouble(1...65_535)))
        }
        workers =
            try workers ?? Int(answer("How many workers", "4", trouble: Wish.trouble(1...Limits.workersMax)))
        listen =
            try listen
            ?? answer("Where clients connect", "127.0.0.1:8080") { text in
                Address(text) == nil ? "is not an address: use 0.0.0.0:8080 or unix:/path" : nil
            }
        if health == nil {
            let path = try answer("Path of a health check; none for none", "none")
            health = path == "none" ? nil : path
        }
    }

    private static func trouble(_ range: ClosedRange<Int>) -> (String) -> String? {
        { text in
            Int(text).map(range.contains) == true
                ? nil : "is not a number from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    func spec() throws -> PoolSpec {
        let name = name ?? "example"
        let listen = listen ?? "127.0.0.1:8080"
        guard let address = Address(listen) else {
            throw CommandError(.usage, "\(listen) is not an address", remedy: "use 0.0.0.0:8080 or unix:/path")
        }
        let place = port.map { "tcp:127.0.0.1:{\($0 - 1)+n}" } ?? "unix:{run}/\(name)_{n}.sock"
        var spec = PoolSpec(name: name, workers: workers ?? 4, worker: WorkerSpec(command: command, listen: place))
        spec.front.listen = [address]
        spec.health.path = health
        if health == nil { spec.worker.ready = .listen }
        let program = command.first?.split(separator: "/").last ?? ""
        // Python holds back what it prints to a pipe or a file; logs are wanted as they are written.
        if program.hasPrefix("python") { spec.worker.environment["PYTHONUNBUFFERED"] = "1" }
        return spec
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" && $0 != "\r" }) else { return "" }
        return String(start[...last])
    }
}
