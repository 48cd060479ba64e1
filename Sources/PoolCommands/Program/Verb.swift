internal import ArgumentParser

/// A subcommand: what it is called and takes is ArgumentParser's, what it does is ``perform(_:)``.
protocol Verb: ParsableCommand {
    var common: CommonOptions { get }

    func perform(_ context: Context) throws -> ExitCode
}

extension Verb {
    /// Never called: ``Program`` calls ``perform(_:)``.
    func run() throws { preconditionFailure("illegal: run without a context") }
}
