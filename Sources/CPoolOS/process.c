#include "process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BY_PIDFD = 3 /* P_PIDFD */ };

int pool_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int pool_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int pool_pidfd_send_signal_to_group(int pidfd, int signal) {
    enum { PROCESS_GROUP = 4 /* PIDFD_SIGNAL_PROCESS_GROUP */ };
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, PROCESS_GROUP);
}

int pool_pidfd_getfd(int pidfd, int descriptor) { return (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0); }

static int wait_for(int type, id_t id, struct pool_ended *ended, int options) {
    siginfo_t info;
    struct rusage usage;
    long result;
    memset(&usage, 0, sizeof usage);
    memset(&info, 0, sizeof info);
    // The raw call: glibc's leaves out the usage.
    do result = syscall(SYS_waitid, type, id, &info, WEXITED | WNOHANG | options, &usage);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    if (info.si_pid == 0) return 0;
    struct timeval user = usage.ru_utime, system = usage.ru_stime;
    *ended = (struct pool_ended){
        .pid = info.si_pid,
        .code = info.si_code,
        .status = info.si_status,
        .cpu_microseconds =
            (uint64_t)(user.tv_sec + system.tv_sec) * 1000000 + (uint64_t)(user.tv_usec + system.tv_usec),
        .resident_kib_max = (uint64_t)usage.ru_maxrss,
    };
    return 1;
}

int pool_reap_pidfd(int pidfd, struct pool_ended *ended) { return wait_for(BY_PIDFD, (id_t)pidfd, ended, 0); }

int pool_peek_ended(struct pool_ended *ended) { return wait_for(P_ALL, 0, ended, WNOWAIT); }

int pool_reap(pid_t pid, struct pool_ended *ended) { return wait_for(P_PID, (id_t)pid, ended, 0); }

int pool_pidfd_exit_status(int pidfd, int *status) {
    // struct pidfd_info of <linux/pidfd.h>, which older headers do not have; 64 bytes is its first version.
    struct {
        uint64_t mask, cgroup;
        uint32_t pid, tgid, ppid, ids[8];
        int32_t exit_code;
    } info;
    _Static_assert(sizeof info == 64, "PIDFD_INFO_SIZE_VER0");
    enum { EXIT = 8 /* PIDFD_INFO_EXIT */ };
    memset(&info, 0, sizeof info);
    info.mask = EXIT;
    if (ioctl(pidfd, _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, sizeof info), &info) < 0) return -1;
    if (!(info.mask & EXIT)) return 0;
    *status = info.exit_code;
    return 1;
}

int pool_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

// Linux has a nice value for each thread, whatever POSIX says of the process.
void pool_lower_priority(int nice) { setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + nice); }

int pool_set_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int pool_signalfd(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if ((errno = pthread_sigmask(SIG_BLOCK, &set, NULL)) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int pool_next_signal(int signalfd) {
    struct signalfd_siginfo info;
    ssize_t count;
    do count = read(signalfd, &info, sizeof info);
    while (count < 0 && errno == EINTR);
    if (count == sizeof info) return (int)info.ssi_signo;
    return count < 0 && errno != EAGAIN ? -1 : 0;
}

const char *pool_environment_entry(int index) { return environ ? environ[index] : NULL; }
