internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl signal`.
struct SignalVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "signal",
        abstract: "Send a signal to workers' processes.",
        discussion: """
            A process that has been replaced since the command looked is left alone: the daemon refuses.

            EXAMPLES
              poolctl signal USR1 all
              poolctl signal HUP 2
            """,
        aliases: ["kill"]
    )

    @Argument(help: "The signal's name or number: HUP, SIGUSR1, 15.")
    var name: String

    @Argument(help: "Selectors (all for every worker).", completion: .workers)
    var workers: [String]

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.act(.signal, on: workers, action) { request, workers in
            let upper = name.uppercased()
            request.signal = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
            request.expected = workers.filter { $0.status.process != nil }
                .map { WorkerGuard(worker: $0.status.id, life: $0.status.life) }
        }
    }
}
