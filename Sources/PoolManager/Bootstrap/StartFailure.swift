/// Why the daemon cannot start: the text for whoever started it, and the exit code.
struct StartFailure: Error {
    /// What is wrong with the command or the profiles; nothing was started.
    static let usage: Int32 = 2
    /// What is wrong with the machine: a port in use, a directory, a lock.
    static let environment: Int32 = 1

    var code: Int32
    var message: String
}
