internal import ArgumentParser
internal import PoolAPI
internal import PoolModel

extension OperationID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// `poolctl ops`.
struct OperationsVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ops",
        abstract: "List, show, watch, pause, resume and cancel operations.",
        subcommands: [List.self, Show.self, Watch.self, Pause.self, Resume.self, CancelVerb.self],
        defaultSubcommand: List.self
    )

    /// `poolctl ops list`.
    struct List: Verb {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List operations, the newest first."
        )

        @Flag(help: "Only those that are not finished.")
        var active = false

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let list = try context.send(.operations(pool: context.settings.pool, active: active))
            if common.json {
                try context.print(json: list)
            } else {
                try context.print(
                    OperationOutput.list(
                        list.operations,
                        at: context.environment.now(),
                        width: context.columns,
                        style: context.style
                    )
                )
            }
            return .done
        }
    }

    /// `poolctl ops show`.
    struct Show: Verb {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show one operation with its steps."
        )

        @Argument(help: "The operation: op-17 or 17.")
        var operation: OperationID

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            let operation = try context.send(.operation(operation))
            if common.json {
                try context.print(json: operation)
            } else {
                var lines = [OperationOutput.verdict(operation, context.style)]
                lines.append("  asked for by \(TerminalText.clean(operation.actor)) at \(operation.createdAt)")
                if !operation.why.isEmpty { lines.append("  because: \(TerminalText.clean(operation.why))") }
                lines += OperationOutput.hooks(operation).map { "  \($0)" }
                lines += operation.steps.map {
                    "  \($0.worker) \($0.state.rawValue)\($0.detail.isEmpty ? "" : ": ")\(TerminalText.clean($0.detail))"
                }
                try context.print(lines)
            }
            return .done
        }
    }

    /// `poolctl ops watch`.
    struct Watch: Verb {
        static let configuration = CommandConfiguration(
            commandName: "watch",
            abstract: "Follow an operation to its end; its verdict is the exit code."
        )

        @Argument(help: "The operation: op-17 or 17.")
        var operation: OperationID

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            try context.finish([try context.send(.operation(operation))], waits: true)
        }
    }
}

extension OperationsVerb {
    /// `poolctl ops pause`.
    struct Pause: Verb {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "Hold a roll or deploy: workers that it is at are finished, no other is begun."
        )

        @Argument(help: "The operation: op-17 or 17.")
        var operation: OperationID

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            try context.tell(try context.send(.pause(operation)))
        }
    }

    /// `poolctl ops resume`.
    struct Resume: Verb {
        static let configuration = CommandConfiguration(
            commandName: "resume",
            abstract: "Let an operation that was paused go on."
        )

        @Argument(help: "The operation: op-17 or 17.")
        var operation: OperationID

        @OptionGroup var common: CommonOptions

        func perform(_ context: Context) throws -> ExitCode {
            try context.tell(try context.send(.resume(operation)))
        }
    }
}

/// `poolctl cancel` and `poolctl ops cancel`.
struct CancelVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel an operation: what has begun is finished, the rest is left undone."
    )

    @Argument(help: "The operation: op-17 or 17.")
    var operation: OperationID

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.tell(try context.send(.cancel(operation)))
    }
}

extension Context {
    /// Says how an operation stands, and does not wait.
    fileprivate func tell(_ operation: PoolModel.Operation) throws -> ExitCode {
        if settings.json {
            try print(json: operation)
        } else {
            try print(OperationOutput.verdict(operation, style))
        }
        return .done
    }
}
