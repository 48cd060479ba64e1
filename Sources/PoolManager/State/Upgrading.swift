package import PoolModel

/// Pool's own upgrade, in the state file: the manager that begins it does not live to see its end.
package struct Upgrading: Hashable, Sendable, Codable {
    package var operation: Operation
    /// What is to run: the manager that finds itself to be it knows that the upgrade has come so far.
    package var program: ProgramFile
    package var version: String

    package init(operation: Operation, program: ProgramFile, version: String) {
        self.operation = operation
        self.program = program
        self.version = version
    }

    var isUnderWay: Bool { !operation.state.isFinished }
}
