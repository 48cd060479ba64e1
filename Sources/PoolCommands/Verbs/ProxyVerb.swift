internal import ArgumentParser
internal import PoolAPI

/// `poolctl proxy`.
struct ProxyVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Act on the proxy's process.",
        subcommands: [Replace.self]
    )

    /// `poolctl proxy replace`.
    struct Replace: Verb {
        static let configuration = CommandConfiguration(
            commandName: "replace",
            abstract: "Put a new proxy process in the place of the one that serves; no request is lost.",
            discussion: """
                The command ends when the new one serves. The one before takes no new connections, finishes what it has \
                and ends; what is left after the limit is cut.
                """
        )

        @Option(help: "So many loops from now on (default: as many as before).")
        var loops: Int?

        @Option(help: ArgumentHelp("How long the one before may take to finish (default 300).", valueName: "seconds"))
        var drain: Double?

        @Option(help: ArgumentHelp("The reason, for the event list and the audit log.", valueName: "text"))
        var why = ""

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let request = ReplaceProxyRequest(why: why, loops: loops, drainSeconds: drain)
            let reply = try context.send(.replaceProxy(request))
            if common.json {
                try context.print(json: reply)
            } else {
                let who = reply.pid.map { "pid \($0)" } ?? "a new process"
                try context.print(
                    "the proxy is replaced: \(who) serves with \(reply.loops) loops, \(reply.draining) before it drain"
                )
            }
            return .done
        }
    }
}
