/// What a daemon in the background tells the command that started it, through a pipe that both inherited.
package enum StartReport: Hashable, Sendable {
    /// The daemon works.
    case ready
    /// It could not start: the exit code for the command, and the text for its user.
    case failed(code: Int32, message: String)

    /// One line for programs, then the text.
    package var encoded: [UInt8] {
        switch self {
        case .ready: Array("ready\n".utf8)
        case .failed(let code, let message): Array("failed \(code)\n\(message)".utf8)
        }
    }

    /// Reads what came through the pipe; nil for anything else, such as nothing.
    package init?(decoding bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if text == "ready\n" {
            self = .ready
            return
        }
        let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("failed "), let code = Int32(parts[0].dropFirst(7)) else {
            return nil
        }
        self = .failed(code: code, message: String(parts[1]))
    }
}
