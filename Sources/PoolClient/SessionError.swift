package import PoolAPI
internal import PoolModel

/// Why a call over the control socket did not get its answer, in words that say what to do.
package struct SessionError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// There is no socket.
        case noDaemon
        /// There is a socket, and nobody behind it: the daemon died, or is being started again.
        case staleSocket
        /// The socket is not for this user.
        case denied
        /// No answer in time.
        case timedOut
        /// The connection ended before the answer did.
        case cut
        /// What came is not the control API, or not a version that this program knows.
        case incompatible
        /// The daemon said no.
        case refused(Problem)
        /// The user ended the wait.
        case interrupted
        /// This side: the path is too long, no descriptors are left.
        case local
    }

    package var kind: Kind
    package var message: String
    package var remedy: String?

    package init(_ kind: Kind, _ message: String, remedy: String? = nil) {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    package init(_ problem: Problem) {
        self.init(.refused(problem), problem.detail, remedy: problem.remedy)
    }

    package var description: String { remedy.map { "\(message); \($0)" } ?? message }

    /// What a command ends with.
    package var exitCode: ExitCode {
        switch kind {
        case .noDaemon, .staleSocket: .noDaemon
        case .denied: .unknownOrDenied
        case .timedOut, .interrupted: .waitTimedOut
        case .cut, .incompatible, .local: .failed
        case .refused(let problem): ExitCode(problem.code.poolCode)
        }
    }

    /// Whether the same call may succeed in a moment: the daemon is starting, or was cut off.
    package var isTransient: Bool {
        switch kind {
        case .noDaemon, .staleSocket, .timedOut, .cut: true
        case .refused(let problem): problem.code == .unavailable
        case .denied, .incompatible, .local, .interrupted: false
        }
    }
}

extension SessionError {
    static func garbled(_ what: String) -> SessionError {
        SessionError(.incompatible, "what answers at the socket is no daemon of Pool: \(what)")
    }
}
