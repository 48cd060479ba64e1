import PoolModel

extension ProfileReference {
    static let hooks = Section(
        "hooks",
        "Commands that are run before and after what is done to workers: as the worker's user, in its directory, with its environment and `POOL_HOOK`, `POOL_NAME`, `POOL_WORKER_NAME`, `POOL_WORKER_NUMBER`, `POOL_GENERATION` and, where there is one, `POOL_OPERATION`. Exit status 0 is success. What a hook writes is in the worker's log as lines of the pool's own, the first 100 lines of it; of a roll's hooks, in the events. A hook runs at least once: it is run again where the manager died in the middle of it.",
        [
            ProfileField(
                "hooks.before_start",
                \.hooks.beforeStart,
                ProfileCodec<String>.template.array,
                "Before each process of a worker. A failure is a failed start: back-off, then FATAL."
            ),
            ProfileField(
                "hooks.after_start",
                \.hooks.afterStart,
                ProfileCodec<String>.template.array,
                "Once a process is RUNNING. A failure fails the operation's step, and so a roll goes back; it is an event where no operation waits."
            ),
            ProfileField(
                "hooks.before_stop",
                \.hooks.beforeStop,
                ProfileCodec<String>.template.array,
                "Before a worker that runs is drained, to be stopped or restarted. A failure refuses that, and the worker runs on; at a shutdown, on a roll's way back and at a recycle limit it is an event. Not run where the stop is forced, or the process hangs."
            ),
            ProfileField(
                "hooks.after_stop",
                \.hooks.afterStop,
                ProfileCodec<String>.template.array,
                "After the end of a process that was told to end; its successor waits for it. A failure is as one of `after_start`."
            ),
            ProfileField(
                "hooks.before_roll",
                \.hooks.beforeRoll,
                ProfileCodec<String>.template.array,
                "Before the first worker of a roll, a restart one by one, a deploy or an applied profile. A failure ends the operation, and nothing has begun. `{n}` is the pool's first number."
            ),
            ProfileField(
                "hooks.after_roll",
                \.hooks.afterRoll,
                ProfileCodec<String>.template.array,
                "After the last worker, before the operation has succeeded. A failure turns it back."
            ),
            ProfileField(
                "hooks.timeout",
                \.hooks.timeout,
                .duration(from: .seconds(1)),
                "A hook that takes longer is killed, with all that it has started, and has failed."
            ),
        ]
    )
}
