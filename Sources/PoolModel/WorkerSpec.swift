/// How a worker is started, judged ready, stopped and started again.
package struct WorkerSpec: Hashable, Sendable, Codable {
    /// When a process that ended is started again (supervisord's `autorestart`).
    package enum Autorestart: String, Hashable, Sendable, Codable, CaseIterable {
        case always, never
        /// Only where the exit status is not one of ``exitCodes``.
        case unexpected
    }

    /// What makes a started process RUNNING.
    package enum Readiness: String, Hashable, Sendable, Codable, CaseIterable {
        /// The first healthy probe through the proxy.
        case probe
        /// A connection to its listening address succeeds.
        case listen
        /// It sends `READY=1` (sd_notify).
        case notify
        /// It stays alive for ``startSeconds`` (supervisord's rule).
        case time
    }

    /// argv; the first is looked up in the worker's PATH where it holds no slash. Templates allowed.
    package var command: [String]
    /// Working directory; the profile's own directory where nil. Templates allowed.
    package var directory: String?
    /// Added to a small inherited environment (PATH, LANG, TZ, HOME …). Templates allowed in values.
    package var environment: [String: String] = [:]
    /// Files of `NAME=value` lines, read at each start; later files and ``environment`` win.
    package var environmentFiles: [String] = []
    /// Where the worker listens, as a template of an ``Address``.
    package var listen: String
    /// Mode of the worker's own unix socket, set before the first request; nil leaves what the worker made.
    package var socketMode: UInt16?
    /// The address is bound by Pool and handed over as descriptor 3 (`LISTEN_FDS`); it outlives the worker's processes.
    package var inheritsSocket = false
    /// nil: the command finds its own interpreter.
    package var venv: VenvSpec?
    package var user: String?
    package var group: String?
    /// Supplementary groups; nil means the user's own (initgroups).
    package var groups: [String]?
    package var umask: UInt16?
    package var nice: Int?
    /// rlimit name (nofile, core, as, …) to soft and hard limit.
    package var limits: [String: UInt64] = [:]
    package var redirectStderr = false

    package var autostart = true
    package var autorestart = Autorestart.always
    package var exitCodes: [Int32] = [0]
    package var ready = Readiness.probe
    /// A process that has not become ready by then is stopped and counts as a failed start.
    package var startTimeout = Duration.seconds(30)
    /// How long a process must live under ``Readiness/time``, and before its death counts as an exit of a running one.
    package var startSeconds = Duration.seconds(1)
    package var backoff = BackoffPolicy()

    /// Signals by name without SIG, sent in turn, ``stopTimeout`` shared among them; KILL always follows.
    package var stopSignals: [String] = ["TERM"]
    package var stopTimeout = Duration.seconds(10)
    /// Signals go to the process group, so that children of the worker end too.
    package var stopAsGroup = true
    /// How long in-flight requests may go on before the stop signal.
    package var drainTimeout = Duration.seconds(30)

    /// Recycle limits; nil is none. Each is spread by up to ``recycleJitter`` so that workers never go together.
    package var requestsMax: UInt64?
    package var ageMax: Duration?
    package var rssBytesMax: UInt64?
    /// 0...1, a share of the limit.
    package var recycleJitter = 0.1
    /// Restart a worker that has been unhealthy this long; nil leaves it alone.
    package var restartUnhealthyAfter: Duration? = .seconds(30)
    /// Watchdog: restart when `WATCHDOG=1` has not come for this long; nil is none.
    package var watchdog: Duration?

    package init(command: [String], listen: String) {
        self.command = command
        self.listen = listen
    }
}

/// The growing delay before a failed start is tried again, and when it is given up.
package struct BackoffPolicy: Hashable, Sendable, Codable {
    /// The first delay; it doubles with each further failure in a row.
    package var initial = Duration.milliseconds(500)
    package var maximum = Duration.seconds(30)
    /// 0...1: each delay is lengthened by a random share up to this.
    package var jitter = 0.1
    /// This many deaths within ``window`` make the worker FATAL.
    package var deathsMax = 5
    package var window = Duration.seconds(60)

    package init() {}
}
