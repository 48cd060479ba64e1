#include "spawning.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLOSE_ON_EXEC = 4 /* CLOSE_RANGE_CLOEXEC */, BY_PIDFD = 3 /* P_PIDFD */, STACK_BYTES = 32 * 1024 };

struct child {
    const struct pool_spawn_request *request;
    struct pool_spawned *result;
};

/// Writes a number's digits and a NUL; returns how many digits. snprintf is not safe in a vfork child.
static int put_number(char *at, long value) {
    char digits[24];
    int count = 0, length = 0;
    if (value < 0) at[length++] = '-';
    unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;
    do digits[count++] = (char)('0' + rest % 10);
    while (rest /= 10);
    while (count > 0) at[length++] = digits[--count];
    at[length] = 0;
    return length;
}

static int write_file(int directory, const char *path, const char *bytes, int length) {
    int file = openat(directory, path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, bytes, (size_t)length);
    int error = errno;
    close(file);
    errno = error;
    return written == length ? 0 : -1;
}

static void reset_signals(void) {
    // exec resets handlers but not SIG_IGN, which a child would inherit (SIGPIPE, most often).
    // The raw call, in the kernel's form (handler, flags, restorer, mask): glibc's refuses the two signals of its own.
    const uint64_t standard[4] = {0};
    for (int signal = 1; signal < NSIG; signal++) syscall(SYS_rt_sigaction, signal, standard, NULL, 8);
}

/// Lifts every source above every target, closes what lies below, then puts each where it belongs.
static int place_descriptors(const struct pool_spawn_request *request) {
    int lifted[POOL_SPAWN_DESCRIPTORS_MAX];
    int base = 3;
    for (int i = 0; i < request->descriptors; i++)
        if (request->targets[i] >= base) base = request->targets[i] + 1;
    for (int i = 0; i < request->descriptors; i++)
        if ((lifted[i] = fcntl(request->sources[i], F_DUPFD_CLOEXEC, base)) < 0) return -1;
    if (syscall(SYS_close_range, 0U, (unsigned)base - 1, 0) < 0) return -1;
    for (int i = 0; i < request->descriptors; i++)
        if (dup2(lifted[i], request->targets[i]) < 0) return -1;
    return (int)syscall(SYS_close_range, (unsigned)base, ~0U, CLOSE_ON_EXEC);
}

/// Tells the program its own pid, for sd_listen_fds(3) and for whoever looks for it later.
static void patch_own_pid(char *const *envp) {
    for (; *envp; envp++) {
        if (!strncmp(*envp, "LISTEN_PID=", 11)) put_number(*envp + 11, syscall(SYS_getpid));
        if (!strncmp(*envp, "POOL_PID=", 9)) put_number(*envp + 9, syscall(SYS_getpid));
    }
}

static int execute(const struct pool_spawn_request *request) {
    int denied = 0;
    for (const char *const *path = request->paths; *path; path++) {
        execve(*path, request->argv, request->envp);
        if (errno == EACCES) denied = 1;
        else if (errno != ENOENT && errno != ENOTDIR) return -1;
    }
    errno = denied ? EACCES : ENOENT;
    return -1;
}

/// Returns the stage that failed, with errno; does not return where exec succeeds.
static int prepare_and_execute(const struct pool_spawn_request *request) {
    reset_signals();
    if (request->cgroup_procs >= 0 && write(request->cgroup_procs, "0", 1) != 1) return POOL_STAGE_CGROUP;
    if (request->session == 1 && setpgid(0, 0) < 0) return POOL_STAGE_SESSION;
    if (request->session == 2 && setsid() < 0) return POOL_STAGE_SESSION;
    if (place_descriptors(request) < 0) return POOL_STAGE_DESCRIPTORS;
    if (request->has_oom) {
        char text[24];
        int length = put_number(text, request->oom);
        if (write_file(AT_FDCWD, "/proc/self/oom_score_adj", text, length) < 0) return POOL_STAGE_OOM;
    }
    if (request->has_nice && setpriority(PRIO_PROCESS, 0, request->nice) < 0) return POOL_STAGE_NICE;
    for (int i = 0; i < request->limit_count; i++) {
        const struct pool_limit *limit = &request->limits[i];
        struct rlimit value = {limit->soft, limit->hard};
        if (setrlimit((__rlimit_resource_t)limit->resource, &value) < 0) return POOL_STAGE_LIMITS;
    }
    if (request->umask >= 0) umask((mode_t)request->umask);
    // Raw system calls: glibc's wrappers signal every thread of the process, here those of the parent.
    if (request->group_count >= 0 && syscall(SYS_setgroups, request->group_count, request->groups) < 0)
        return POOL_STAGE_GROUPS;
    gid_t gid = (gid_t)request->gid;
    if (request->gid >= 0 && syscall(SYS_setresgid, gid, gid, gid) < 0) return POOL_STAGE_GROUP;
    uid_t uid = (uid_t)request->uid;
    if (request->uid >= 0 && syscall(SYS_setresuid, uid, uid, uid) < 0) return POOL_STAGE_USER;
    if (request->directory && chdir(request->directory) < 0) return POOL_STAGE_DIRECTORY;
    patch_own_pid(request->envp);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execute(request);
    return POOL_STAGE_EXEC;
}

static int child_main(void *argument) {
    struct child *child = argument;
    child->result->stage = prepare_and_execute(child->request);
    child->result->error = errno;
    syscall(SYS_exit_group, 127);
    return 127;
}

int pool_spawn(const struct pool_spawn_request *request, struct pool_spawned *result) {
    // The calling thread sleeps until the child has executed or ended, so its stack can lend the child one.
    _Alignas(64) char stack[STACK_BYTES];
    struct child child = {request, result};
    *result = (struct pool_spawned){.pid = -1, .pidfd = -1};
    if (request->descriptors > POOL_SPAWN_DESCRIPTORS_MAX) {
        *result = (struct pool_spawned){-1, -1, POOL_STAGE_DESCRIPTORS, E2BIG};
        errno = E2BIG;
        return -1;
    }
    // A signal handler of the parent's must not run in the child, on memory that both share.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pid = clone(child_main, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &child,
                    &result->pidfd);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        *result = (struct pool_spawned){-1, -1, POOL_STAGE_CLONE, error};
    } else if (result->stage) {
        siginfo_t ended;
        while (waitid((idtype_t)BY_PIDFD, (id_t)result->pidfd, &ended, WEXITED) < 0 && errno == EINTR) {}
        close(result->pidfd);
        result->pidfd = -1;
    } else {
        result->pid = pid;
        return 0;
    }
    errno = result->error;
    return -1;
}
