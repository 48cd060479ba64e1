internal import PoolModel
internal import PoolAPI

/// A command's failure: what it ends with and what it says.
struct CommandError: Error, Hashable, Sendable {
    var exitCode: ExitCode
    var message: String
    var remedy: String?

    init(_ exitCode: ExitCode, _ message: String, remedy: String? = nil) {
        self.exitCode = exitCode
        self.message = message
        self.remedy = remedy
    }

    init(_ error: PoolError) {
        self.init(ExitCode(error.code), error.message, remedy: error.remedy)
    }
}
