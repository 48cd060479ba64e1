internal import ArgumentParser

/// The options of everything that starts an operation.
struct ActionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The reason, for the event list and the audit log.", valueName: "text"))
    var why = ""

    @Flag(inversion: .prefixedNo, help: "Wait for the end of the operation.")
    var wait = true
}
