internal import CPoolOS
package import PoolModel

/// Why a process could not be started: the step that failed, and the errno.
package struct SpawnFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Stage: UInt8, Hashable, Sendable, CaseIterable {
        /// The request itself: too large, a NUL in a text, too many processes.
        case request = 0
        case clone = 1
        case cgroup, session, descriptors, oom, nice, limits, groups, group, user, directory, exec

        /// The name in ``ExitReason/spawnFailed(stage:errno:)`` and in texts.
        package var name: String {
            switch self {
            case .request: "request"
            case .clone: "clone"
            case .cgroup: "cgroup"
            case .session: "setpgid"
            case .descriptors: "dup2"
            case .oom: "oom_score_adj"
            case .nice: "nice"
            case .limits: "setrlimit"
            case .groups: "setgroups"
            case .group: "setgid"
            case .user: "setuid"
            case .directory: "chdir"
            case .exec: "exec"
            }
        }
    }

    package var stage: Stage
    package var code: Int32
    /// What the step was about, for people: the executable, the directory.
    package var object: String

    package init(_ stage: Stage, code: Int32, object: String = "") {
        self.stage = stage
        self.code = code
        self.object = object
    }

    /// As the reason that a worker shows.
    package var reason: ExitReason { .spawnFailed(stage: step, errno: code) }

    /// The step and what it was about: `exec /usr/bin/app`.
    package var step: String { object.isEmpty ? stage.name : "\(stage.name) \(object)" }

    package var description: String { SystemError(stage.name, on: object, code: code).description }
}
