import PoolModel

extension ProfileReference {
    static let pool = Section(
        "pool",
        "The pool itself: identical workers behind one front.",
        [
            ProfileField(
                "pool.name",
                \.name,
                .poolName,
                isRequired: true,
                "The pool's name: part of the workers' names (`example_3`), file names and metrics."
            ),
            ProfileField(
                "pool.workers",
                \.workers,
                .integer(1...Limits.workersMax),
                "How many workers run (supervisord's `numprocs`)."
            ),
            ProfileField(
                "pool.first",
                \.first,
                .integer(0...1_000_000),
                "The number of the first worker (supervisord's `numprocs_start`)."
            ),
            ProfileField(
                "pool.priority",
                \.priority,
                .integer(0...1_000_000),
                "Pools start in ascending and stop in descending order of priority."
            ),
        ]
    )

    static let worker = Section(
        "worker",
        "How a worker is started, judged ready, stopped and started again.",
        process + identity + lifecycle + stopping + recycling
    )

    private static let process: [ProfileField] = [
        ProfileField(
            "worker.command",
            \.worker.command,
            .command,
            isRequired: true,
            "The program and its arguments; no shell reads them. A name without a slash is looked up in the worker's PATH; a relative path is relative to `directory`."
        ),
        ProfileField(
            "worker.directory",
            \.worker.directory,
            ProfileCodec<String>.path.optional,
            "The working directory, relative to the profile's own directory, which is also the default."
        ),
        ProfileField(
            "worker.environment",
            \.worker.environment,
            .environment,
            "Variables added to a small inherited environment (PATH, LANG, TZ, HOME …)."
        ),
        ProfileField(
            "worker.environment_files",
            \.worker.environmentFiles,
            ProfileCodec<String>.path.oneOrMore,
            "Files of `NAME=value` lines, read at each start; later files win, `environment` wins over all."
        ),
        ProfileField(
            "worker.venv",
            \.worker.venv,
            ProfileCodec<VenvSpec>.venv.optional,
            "A Python virtual environment for the workers: `[worker.venv]` with `packages = [\"gunicorn\", \"aiohttp\"]`, which pip installs; also `path` (`\"venv\"`, relative to the profile), `python` (`\"python3\"`) and `timeout` (`\"5m\"`). It is made by the first worker that starts, as the workers' user, and made again when the packages change; its `bin` comes first in PATH."
        ),
        ProfileField(
            "worker.listen",
            \.worker.listen,
            .path,
            "Where the worker listens: `unix:/path` or `127.0.0.1:{8080+n}`. Its command must be told the same, by `{socket}` or `{port}`."
        ),
        ProfileField(
            "worker.socket_mode",
            \.worker.socketMode,
            ProfileCodec.octal(through: 0o777).optional,
            "Mode given to the worker's unix socket before the first request; `false` leaves what the worker made."
        ),
        ProfileField(
            "worker.listen_fds",
            \.worker.inheritsSocket,
            .boolean,
            "Whether Pool binds `listen` itself and hands the socket over as descriptor 3 (`LISTEN_FDS`, as systemd does); it stays over restarts, and requests wait in it."
        ),
    ]

    private static let identity: [ProfileField] = [
        ProfileField(
            "worker.user",
            \.worker.user,
            ProfileCodec<String>.account.optional,
            "The user that the worker runs as; needs root. `false` is the user of `poold`."
        ),
        ProfileField(
            "worker.group",
            \.worker.group,
            ProfileCodec<String>.account.optional,
            "The group; `false` is the user's own."
        ),
        ProfileField(
            "worker.groups",
            \.worker.groups,
            ProfileCodec<String>.account.array.optional,
            "Supplementary groups; `false` takes the user's own, `[]` none."
        ),
        ProfileField(
            "worker.umask",
            \.worker.umask,
            ProfileCodec.octal(through: 0o777).optional,
            "The file mode mask; `false` keeps that of `poold`."
        ),
        ProfileField(
            "worker.nice",
            \.worker.nice,
            ProfileCodec.integer(-20...19).optional,
            "The scheduling priority; lower is favoured, below 0 needs root."
        ),
        ProfileField(
            "worker.limits",
            \.worker.limits,
            .limits,
            "Resource limits by the kernel's names, soft and hard: `{ nofile = 65536, core = \"unlimited\" }`."
        ),
        ProfileField(
            "worker.redirect_stderr",
            \.worker.redirectStderr,
            .boolean,
            "Whether stderr goes into the same stream of the log as stdout."
        ),
    ]

    private static let lifecycle: [ProfileField] = [
        ProfileField(
            "worker.autostart",
            \.worker.autostart,
            .boolean,
            "Whether workers start with `poold`; otherwise `poolctl start` starts them."
        ),
        ProfileField(
            "worker.autorestart",
            \.worker.autorestart,
            .autorestart,
            "Whether a worker that ended is started again; `\"unexpected\"` only where its exit status is not one of `exit_codes`."
        ),
        ProfileField(
            "worker.exit_codes",
            \.worker.exitCodes,
            ProfileCodec<Int32>.integer(0...255).oneOrMore,
            "Exit statuses that are expected."
        ),
        ProfileField(
            "worker.ready",
            \.worker.ready,
            .choice(WorkerSpec.Readiness.allCases),
            "What makes a started worker RUNNING: a healthy answer through the proxy (`probe`), an accepted connection (`listen`), `READY=1` to `$NOTIFY_SOCKET` (`notify`), or staying alive for `start_seconds` (`time`). `probe` needs `[health] path` and is `listen` without."
        ),
        ProfileField(
            "worker.start_timeout",
            \.worker.startTimeout,
            .duration(from: .milliseconds(1)),
            "A worker that is not ready by then is stopped, and that counts as a failed start."
        ),
        ProfileField(
            "worker.start_seconds",
            \.worker.startSeconds,
            .duration,
            "How long a worker must live for a start with `ready = \"time\"` to count as good (supervisord's `startsecs`)."
        ),
    ]

    private static let stopping: [ProfileField] = [
        ProfileField(
            "worker.stop_signals",
            \.worker.stopSignals,
            ProfileCodec<String>.signal.oneOrMore.checked { signals in
                signals.isEmpty || signals.count > 8 ? ("expected 1 to 8 signals", nil) : nil
            },
            "Signals that ask the worker to end, sent in turn; KILL always comes last."
        ),
        ProfileField(
            "worker.stop_timeout",
            \.worker.stopTimeout,
            .duration,
            "How long all stop signals together are given before KILL (supervisord's `stopwaitsecs`)."
        ),
        ProfileField(
            "worker.stop_as_group",
            \.worker.stopAsGroup,
            .boolean,
            "Whether signals go to the worker's process group, so that its children end too."
        ),
        ProfileField(
            "worker.drain_timeout",
            \.worker.drainTimeout,
            .duration,
            "How long requests in flight may go on, with no new ones, before the first stop signal."
        ),
    ]

    private static let recycling: [ProfileField] = [
        ProfileField(
            "worker.requests_max",
            \.worker.requestsMax,
            ProfileCodec<UInt64>.integer(1...UInt64(Int64.max)).optional,
            "Requests after which a worker is replaced, drained first (gunicorn's `max_requests`)."
        ),
        ProfileField(
            "worker.age_max",
            \.worker.ageMax,
            ProfileCodec<Duration>.duration(from: .seconds(1)).optional,
            "Age at which a worker is replaced, drained first."
        ),
        ProfileField(
            "worker.rss_max",
            \.worker.rssBytesMax,
            ProfileCodec<UInt64>.size(1 << 20...UInt64(Int64.max)).optional,
            "Resident memory at which a worker is replaced, drained first."
        ),
        ProfileField(
            "worker.recycle_jitter",
            \.worker.recycleJitter,
            .share,
            "Each of the three limits is spread by up to this share, so that workers do not go together."
        ),
        ProfileField(
            "worker.restart_unhealthy_after",
            \.worker.restartUnhealthyAfter,
            ProfileCodec<Duration>.duration(from: .seconds(1)).optional,
            "A worker that has been unhealthy this long is restarted; `false` leaves it alone."
        ),
        ProfileField(
            "worker.watchdog",
            \.worker.watchdog,
            ProfileCodec<Duration>.duration(from: .milliseconds(100)).optional,
            "A worker that has not sent `WATCHDOG=1` to `$NOTIFY_SOCKET` for this long is restarted."
        ),
    ]

    static let backoff = Section(
        "worker.backoff",
        "The growing delay before a failed start is tried again, and when it is given up.",
        [
            ProfileField(
                "worker.backoff.initial",
                \.worker.backoff.initial,
                .duration,
                "The first delay; it doubles with each further failure in a row."
            ),
            ProfileField(
                "worker.backoff.maximum",
                \.worker.backoff.maximum,
                .duration,
                "The longest delay."
            ),
            ProfileField(
                "worker.backoff.jitter",
                \.worker.backoff.jitter,
                .share,
                "Each delay is lengthened by a random share up to this."
            ),
            ProfileField(
                "worker.backoff.deaths_max",
                \.worker.backoff.deathsMax,
                .integer(1...1_000_000),
                "This many deaths within `window` make the worker FATAL: it is not started again until somebody says so."
            ),
            ProfileField(
                "worker.backoff.window",
                \.worker.backoff.window,
                .duration(from: .seconds(1)),
                "The time over which deaths are counted."
            ),
        ]
    )
}
