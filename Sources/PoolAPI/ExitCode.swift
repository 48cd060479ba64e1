package import PoolModel

/// What `poolctl` ends with: the one table, LSB-compatible where `supervisorctl` is.
package enum ExitCode: Int32, Hashable, Sendable, CaseIterable {
    /// Done; for questions: yes.
    case done = 0
    /// Refused or failed.
    case failed = 1
    /// The command line makes no sense.
    case usage = 2
    /// The worker or the pool is not running (`status`, `health`).
    case notRunning = 3
    /// There is no such thing, or it is not this user's to touch.
    case unknownOrDenied = 4
    /// Nobody answers at the control socket.
    case noDaemon = 5
    /// The wait was over first; the operation goes on.
    case waitTimedOut = 6
    /// A roll or a deployment failed and was undone.
    case rolledBack = 7

    package init(_ code: PoolError.Code) {
        self =
            switch code {
            case .invalidArgument: .usage
            case .notFound, .permissionDenied: .unknownOrDenied
            case .timeout: .waitTimedOut
            case .conflict, .unavailable, .unsupportedVersion, .tooLarge, .internal: .failed
            }
    }

    /// The verdict of an operation; one that is not finished has timed out for whoever waited.
    package init(_ state: Operation.State) {
        self =
            switch state {
            case .succeeded: .done
            case .failed, .cancelled: .failed
            case .rolledBack: .rolledBack
            case .queued, .running, .paused: .waitTimedOut
            }
    }

    /// For the help and the manual.
    package var meaning: String {
        switch self {
        case .done: "done"
        case .failed: "refused or failed"
        case .usage: "bad usage"
        case .notRunning: "not running (status, health)"
        case .unknownOrDenied: "unknown name, or permission denied"
        case .noDaemon: "no daemon at the control socket"
        case .waitTimedOut: "the wait timed out; the operation goes on"
        case .rolledBack: "failed and rolled back"
        }
    }
}
