private import ArgumentParser
package import PoolAPI
private import PoolClient
private import PoolModel

/// `poolctl` from its arguments to its exit code.
package enum Program {
    /// Runs a command line; everything it does goes through the environment.
    package static func run(_ arguments: [String], in environment: ProgramEnvironment) -> PoolAPI.ExitCode {
        do {
            let command = try PoolCtl.parseAsRoot(arguments)
            guard let verb = command as? any Verb else {
                // Help, version and the like: they throw what is to be printed.
                var command = command
                try command.run()
                return .done
            }
            let context = Context(verb.common, environment)
            do {
                return try verb.perform(context)
            } catch let closed as OutputClosed {
                throw closed
            } catch {
                return report(error, in: environment)
            }
        } catch is OutputClosed {
            return .done
        } catch {
            return usage(error, in: environment)
        }
    }

    /// Says what ArgumentParser has to say: help on standard output, a mistake on standard error.
    private static func usage(_ error: any Error, in environment: ProgramEnvironment) -> ExitCode {
        let isHelp = PoolCtl.exitCode(for: error).isSuccess
        let text = PoolCtl.fullMessage(for: error, columns: min(environment.columns() ?? 100, 120))
        try? environment.write(isHelp ? .output : .errors, Array((text + "\n").utf8))
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
