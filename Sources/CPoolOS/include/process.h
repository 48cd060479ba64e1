#pragma once
// Watching, signalling and naming processes: pidfds, waitid, prctl, the title that ps shows.
#include <stdint.h>
#include <sys/types.h>

/// A child that has ended.
struct pool_ended {
    pid_t pid;
    /// CLD_EXITED, CLD_KILLED or CLD_DUMPED, and the exit code or the signal.
    int code;
    int status;
    /// CPU time of it and of those of its children that it waited for.
    uint64_t cpu_microseconds;
    /// The most memory that it had resident at once.
    uint64_t resident_kib_max;
};

int pool_pidfd_open(pid_t pid);
int pool_pidfd_send_signal(int pidfd, int signal);
/// Signals the whole group that the process leads (Linux 6.9; EINVAL before).
int pool_pidfd_send_signal_to_group(int pidfd, int signal);
/// A duplicate of another process's descriptor, closed on exec; takes the right to trace it.
int pool_pidfd_getfd(int pidfd, int descriptor);

/// Reaps the child behind a pidfd: 1 done, 0 still running, -1 errno.
int pool_reap_pidfd(int pidfd, struct pool_ended *ended);
/// Says which child has ended without reaping it, so that its pid stays its own: 1, 0 none, -1 errno.
int pool_peek_ended(struct pool_ended *ended);
/// Reaps the child: 1 done, 0 still running, -1 errno.
int pool_reap(pid_t pid, struct pool_ended *ended);

/// The wait status of a process that was reaped by whoever its parent is (Linux 6.15): 1, 0 not yet, -1 errno.
int pool_pidfd_exit_status(int pidfd, int *status);

/// Children whose parent dies become ours.
int pool_become_subreaper(void);
/// The name of the process in `top` and `ps -o comm`; at most 15 bytes are kept.
int pool_set_name(const char *name);
/// Adds to the nice value of the calling thread alone.
void pool_lower_priority(int nice);
/// Replaces the command line that ps shows; what does not fit into the old one and its environment is cut.
///
/// The arguments are gone then: read them before. The environment is moved and stays.
void pool_set_title(const char *title);

/// Blocks the signals for this thread and its later ones, and returns a descriptor that reads them; -1 errno.
int pool_signalfd(const int *signals, int count);
/// The next signal that has come: its number, 0 none, -1 errno.
int pool_next_signal(int signalfd);

/// The environment's entry at that place; NULL behind the last.
const char *pool_environment_entry(int index);
