internal import ArgumentParser
internal import PoolAPI
private import PoolModel

/// `poolctl reload`.
struct ReloadVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Read the profiles and poold.toml again and apply what changed.",
        discussion: """
            A file with an error is refused and changes nothing; workers whose settings are as they were go on.
            Where poold was given a directory, a new file adds its pool, and one that is gone stops its pool, drained.

            EXAMPLES
              poolctl plan && poolctl reload --why "more workers"
            """,
        aliases: ["apply", "update"]
    )

    @Argument(help: "Only this pool.", completion: .pools)
    var pool: String?

    @OptionGroup var action: ActionOptions
    @OptionGroup var common: CommonOptions

    func validate() throws { try ReloadVerb.check(pool) }

    /// What names a file is no name of a pool.
    static func check(_ pool: String?) throws {
        guard let pool, pool.hasSuffix(".toml") || pool.contains("/") else { return }
        throw ValidationError(
            "\(pool) is a file: give the name of its pool, or nothing for all; their files are read where poold knows them. "
                + "poolctl check looks at a file."
        )
    }

    func perform(_ context: Context) throws -> ExitCode {
        let reply = try context.send(.reload(ReloadRequest(pool: pool ?? context.settings.pool, why: action.why)))
        if common.json {
            try context.print(json: reply)
        } else {
            try context.print(ReloadOutput.lines(reply, context.style))
        }
        var code = reply.isRefused ? ExitCode.failed : .done
        if action.wait, !common.json {
            let operations = try reply.pools.compactMap(\.operation).map { try context.send(.operation($0)) }
            if !operations.isEmpty { code = max(code, try context.finish(operations, waits: true)) }
        }
        return code
    }

    private func max(_ left: ExitCode, _ right: ExitCode) -> ExitCode { left.rawValue < right.rawValue ? right : left }
}

/// `poolctl plan`.
struct PlanVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what reload would change, and change nothing.",
        aliases: ["reread"]
    )

    @Argument(help: "Only this pool.", completion: .pools)
    var pool: String?

    @OptionGroup var common: CommonOptions

    func validate() throws { try ReloadVerb.check(pool) }

    func perform(_ context: Context) throws -> ExitCode {
        let reply = try context.send(.reload(ReloadRequest(pool: pool ?? context.settings.pool, dryRun: true)))
        if common.json {
            try context.print(json: reply)
        } else {
            try context.print(ReloadOutput.lines(reply, context.style))
        }
        return reply.isRefused ? .failed : .done
    }
}
