// In C because a signal handler may not allocate, take a lock or run a lazy initializer, and because Swift's Glibc module
// does not have memfd_create(2).
#include "CTerminal.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile sig_atomic_t armed;
static int terminal_fd = -1;
static char restoring[256];
static size_t restoring_count;
static struct sigaction previous[65];
static char handler_stack[32768];

void ct_guard_restore(void) {
    if (!armed) return;
    armed = 0;
    ssize_t ignored = write(terminal_fd, restoring, restoring_count);
    (void)ignored;
    tcsetattr(terminal_fd, TCSANOW, &saved);
}

void ct_guard_cook(void) {
    if (armed) tcsetattr(terminal_fd, TCSANOW, &saved);
}

void ct_guard_disarm(void) { armed = 0; }

static void on_crash(int signal_number, siginfo_t *information, void *context) {
    (void)context;
    ct_guard_restore();
    // Returning runs the faulting instruction again, under the handler that was there before (Swift's backtracer) or
    // the default.
    sigaction(signal_number, &previous[signal_number], NULL);
    if (information->si_code > 0) return;
    // A signal that somebody sent has no such instruction: whoever was to have it gets it here. The backtracer returns and
    // expects the fault once more; the default then ends the program, which would otherwise go on without its screen.
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, signal_number);
    sigprocmask(SIG_UNBLOCK, &own, NULL);
    raise(signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

int ct_guard_arm(int terminal, const char *bytes) {
    if (tcgetattr(terminal, &saved) != 0) return -1;
    terminal_fd = terminal;
    restoring_count = strnlen(bytes, sizeof restoring);
    memcpy(restoring, bytes, restoring_count);
    // A stack overflow must be able to run the handler.
    stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGQUIT};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) sigaction(crashes[i], &action, &previous[crashes[i]]);
    armed = 1;
    return 0;
}

int ct_memory_file(void) { return memfd_create("pooltop frame", MFD_CLOEXEC); }

void ct_stop(void) {
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    kill(0, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
}
