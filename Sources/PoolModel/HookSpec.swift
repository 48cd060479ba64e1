/// When a command of the profile's is run.
package enum Hook: String, Hashable, Sendable, Codable, CaseIterable {
    case beforeStart = "before_start"
    case afterStart = "after_start"
    case beforeStop = "before_stop"
    case afterStop = "after_stop"
    case beforeRoll = "before_roll"
    case afterRoll = "after_roll"
}

/// Commands that are run before and after what is done to workers. An empty one is none.
package struct HookSpec: Hashable, Sendable, Codable {
    /// Before each process of a worker; one that fails is a failed start.
    package var beforeStart: [String] = []
    /// Once a process is RUNNING.
    package var afterStart: [String] = []
    /// Before a worker that runs is drained, to be stopped or restarted.
    package var beforeStop: [String] = []
    /// After the end of a process that was told to end.
    package var afterStop: [String] = []
    /// Before the first worker of a roll, a deploy or an applied profile.
    package var beforeRoll: [String] = []
    /// After the last one, before the operation has succeeded.
    package var afterRoll: [String] = []
    /// One that takes longer is killed, and has failed.
    package var timeout = Duration.seconds(30)

    package init() {}

    package subscript(hook: Hook) -> [String] {
        switch hook {
        case .beforeStart: beforeStart
        case .afterStart: afterStart
        case .beforeStop: beforeStop
        case .afterStop: afterStop
        case .beforeRoll: beforeRoll
        case .afterRoll: afterRoll
        }
    }

    /// How long these may take together.
    package func limit(of hooks: Hook...) -> Duration {
        hooks.reduce(.zero) { $0 + (self[$1].isEmpty ? .zero : timeout) }
    }
}

extension PoolSpec {
    /// What is run around steps. None is not stored, so that state files of before this was known are read.
    package var hooks: HookSpec {
        get { hooking ?? HookSpec() }
        set { hooking = newValue == HookSpec() ? nil : newValue }
    }
}
