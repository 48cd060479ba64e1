private import ArgumentParser
package import PoolAPI
private import PoolClient
private import PoolModel

/// `poolctl` from its arguments to its exit code.
package enum Program {
    /// Runs a command line; everything it does goes through the environment.
    ///
    /// - Parameter isQuick: Let ``QuickLine`` read the simple ones.
    package static func run(
        _ arguments: [String],
        in environment: ProgramEnvironment,
        isQuick: Bool = true
    ) -> PoolAPI.ExitCode {
        do {
            if isQuick, let line = QuickLine(arguments) {
                return try perform(line.settings, environment) { try line.perform($0) }
            }
            // The shell's question of what may stand at the cursor is about the line as it is.
            let isCompletion = arguments.first == "---completion"
            return try parsed(isCompletion ? arguments : GlobalOptions.moved(arguments), in: environment)
        } catch {
            return .done
        }
    }

    /// What may stand as the first word: ArgumentParser would complain about the options of an unknown one instead.
    private static var verbs: [String] {
        PoolCtl.configuration.subcommands.flatMap { verb in
            [verb.configuration.commandName ?? ""] + verb.configuration.aliases
        } + ["help"]
    }

    /// Runs a command line that ArgumentParser reads. Throws where nobody reads the output any more.
    private static func parsed(
        _ arguments: [String],
        in environment: ProgramEnvironment
    ) throws(OutputClosed) -> ExitCode {
        let verb: any Verb
        do {
            if let name = arguments.first, !name.hasPrefix("-"), !verbs.contains(name) {
                let hint =
                    ForeignVerbs.hint(for: name) ?? NearestName.hint(verbs, to: name)
                    ?? "poolctl --help shows them all"
                return report(CommandError(.usage, "there is no verb \(name)", remedy: hint), in: environment)
            }
            let command = try PoolCtl.parseAsRoot(arguments)
            guard let found = command as? any Verb else {
                // Help, version and the like: they throw what is to be printed.
                var command = command
                try command.run()
                return .done
            }
            verb = found
        } catch {
            return usage(error, arguments, in: environment)
        }
        return try perform(verb.common.settings, environment) { try verb.perform($0) }
    }

    private static func perform(
        _ settings: Settings,
        _ environment: ProgramEnvironment,
        _ body: (Context) throws -> ExitCode
    ) throws(OutputClosed) -> ExitCode {
        do {
            return try body(Context(settings, environment))
        } catch let closed as OutputClosed {
            throw closed
        } catch {
            return report(error, in: environment)
        }
    }

    /// Says what ArgumentParser has to say: help on standard output, a mistake on standard error.
    private static func usage(
        _ error: any Error,
        _ arguments: [String],
        in environment: ProgramEnvironment
    ) -> ExitCode {
        let isHelp = PoolCtl.exitCode(for: error).isSuccess
        var text = PoolCtl.fullMessage(for: error, columns: min(environment.columns() ?? 100, 120))
        if !isHelp, let hint = ForeignVerbs.hint(forOptions: arguments) { text += "\n  \(hint)" }
        do {
            try environment.write(isHelp ? .output : .errors, Array((text + "\n").utf8))
        } catch {
            guard !isHelp || error is OutputClosed else { return report(error, in: environment) }
        }
        return isHelp ? .done : .usage
    }

    private static func report(_ error: any Error, in environment: ProgramEnvironment) -> ExitCode {
        let failure =
            switch error {
            case let error as CommandError: error
            case let error as SessionError: CommandError(error.exitCode, error.message, remedy: error.remedy)
            case let error as PoolError: CommandError(error)
            default: CommandError(.failed, "\(error)")
            }
        var text = "poolctl: \(TerminalText.clean(failure.message))\n"
        if let remedy = failure.remedy { text += "  \(TerminalText.clean(remedy))\n" }
        try? environment.write(.errors, Array(text.utf8))
        return failure.exitCode
    }
}
