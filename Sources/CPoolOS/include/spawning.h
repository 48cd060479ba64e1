#pragma once
// Starting a process: everything between clone and exec, which must be C because a child that shares its parent's
// memory may neither allocate nor take a lock.
#include <stdint.h>
#include <sys/types.h>

/// What a child does to itself before exec, in this order.
enum pool_spawn_stage {
    POOL_STAGE_CLONE = 1,
    POOL_STAGE_CGROUP,
    POOL_STAGE_SESSION,
    POOL_STAGE_DESCRIPTORS,
    POOL_STAGE_OOM,
    POOL_STAGE_NICE,
    POOL_STAGE_LIMITS,
    POOL_STAGE_GROUPS,
    POOL_STAGE_GROUP,
    POOL_STAGE_USER,
    POOL_STAGE_DIRECTORY,
    POOL_STAGE_EXEC,
};

struct pool_limit {
    int resource;
    uint64_t soft, hard;
};

struct pool_spawn_request {
    /// Tried in turn until one can be executed; ends with NULL.
    const char *const *paths;
    char *const *argv;
    /// A `LISTEN_PID=` and a `POOL_PID=` entry must have room for ten digits: the child writes its own pid there.
    char *const *envp;
    /// NULL keeps the parent's.
    const char *directory;
    /// `sources[i]` becomes the child's descriptor `targets[i]`; every other descriptor is closed.
    const int *sources;
    const int *targets;
    int descriptors;
    /// 0 nothing, 1 a process group of its own, 2 a session of its own.
    int session;
    /// -1 keeps the parent's.
    int64_t uid, gid;
    const gid_t *groups;
    /// -1 keeps the parent's groups.
    int group_count;
    const struct pool_limit *limits;
    int limit_count;
    /// -1 keeps the parent's.
    int umask;
    int has_nice, nice;
    int has_oom, oom;
    /// An open cgroup.procs file, or -1.
    int cgroup_procs;
};

struct pool_spawned {
    pid_t pid;
    int pidfd;
    /// The `pool_spawn_stage` that failed, 0 for none, with its errno.
    int stage;
    int error;
};

enum { POOL_SPAWN_DESCRIPTORS_MAX = 64 };

/// Starts a process; returns when it has been executed or has failed. The parent's memory stays shared until then, so
/// the time does not grow with the parent's size. Returns 0, or -1 with `stage` and `error` set and nothing left over.
int pool_spawn(const struct pool_spawn_request *request, struct pool_spawned *result);
