package import PoolModel

extension WorkerMachine {
    /// What people want of the worker. Whether there is a process is another question: see ``Phase``.
    package enum Goal: String, Hashable, Sendable, Codable, CaseIterable {
        case up, down
    }

    /// Where the worker's process is. Instants are of the monotonic clock.
    package enum Phase: Hashable, Sendable, Codable {
        /// Never started, or stopped.
        case stopped
        /// The keeper has been asked for a process and has not answered.
        case spawning
        /// There is a process; it is not ready. `until`: when it is given up, or found ready under `ready = "time"`.
        case starting(ProcessIdentity, since: Duration, until: Duration)
        case running(ProcessIdentity, since: Duration)
        /// Out of the rotation; requests in flight go on until `until` at the latest.
        case draining(ProcessIdentity, until: Duration)
        /// The stop signal number `step` was sent; the next one, in the end always KILL, follows at `until`.
        case terminating(ProcessIdentity, step: Int, until: Duration)
        /// The last start failed; the next one is due at `until`.
        case backingOff(until: Duration)
        /// It ended, and its policy does not start it again.
        case exited
        /// It failed to start too often: only `start` or `restart` tries again.
        case fatal

        package var process: ProcessIdentity? {
            switch self {
            case .starting(let process, _, _), .running(let process, _), .draining(let process, _),
                .terminating(let process, _, _):
                process
            case .stopped, .spawning, .backingOff, .exited, .fatal: nil
            }
        }

        /// When the phase wants to be woken.
        package var deadline: Duration? {
            switch self {
            case .starting(_, _, let until), .draining(_, let until), .terminating(_, _, let until),
                .backingOff(let until):
                until
            case .stopped, .spawning, .running, .exited, .fatal: nil
            }
        }

        /// supervisord's name for it.
        package var state: ProcessState {
            switch self {
            case .stopped: .stopped
            case .spawning, .starting: .starting
            case .running: .running
            case .draining, .terminating: .stopping
            case .backingOff: .backoff
            case .exited: .exited
            case .fatal: .fatal
            }
        }
    }

    /// Why a process that did not end by itself is being ended.
    package enum Ending: Hashable, Sendable, Codable {
        case stop
        /// Asked for, or a recycle limit: not counted as a failure.
        case restart(String)
        /// Hung or unhealthy: counted.
        case failing(String)
        case startTimedOut(String)

        package var text: String {
            switch self {
            case .stop: "stopping"
            case .restart(let why), .failing(let why), .startTimedOut(let why): why
            }
        }
    }

    package enum Event: Hashable, Sendable {
        case start
        /// `force`: do not wait for requests in flight.
        case stop(force: Bool)
        /// End the present process and start another one; start one where there is none.
        case restart(why: String, force: Bool)
        /// The process is there but does not do its work: restart it, and count it as a failure.
        case failing(why: String, force: Bool)
        case spawned(ProcessIdentity)
        case spawnFailed(stage: String, errno: Int32)
        /// The hook before the start has failed; there is no process.
        case startRefused(String)
        /// The hook before the start has ended; a stop or a restart has come meanwhile, and there is no process.
        case startCalledOff
        case ready
        case exited(ExitReason)
        /// Nothing is in flight any more.
        case drained
        case deadlineReached
    }

    package enum Action: Hashable, Sendable {
        case spawn
        /// A name without SIG.
        case signal(String, ProcessIdentity, group: Bool)
    }
}
