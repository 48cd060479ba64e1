// What a full-screen program needs of the kernel and Swift cannot do itself.
#ifndef CTERMINAL_H
#define CTERMINAL_H

#include <signal.h>

/// Remembers the terminal's settings and the bytes that undo full-screen mode, and catches the signals of a crash: they
/// write those bytes, restore the settings and go on to whoever was to have them. Call before the terminal is touched.
/// Returns 0, or -1 with errno. At most 256 bytes are kept.
int ct_guard_arm(int terminal, const char *bytes);

/// Writes the bytes and restores the settings, once; safe in a signal handler. Does nothing when not armed.
void ct_guard_restore(void);

/// Restores the settings that were remembered and leaves the guard armed.
void ct_guard_cook(void);

/// Forgets the terminal: it was restored in the ordinary way.
void ct_guard_disarm(void);

/// A file in memory, closed on exec; -1 with errno.
int ct_memory_file(void);

/// Stops the process group as ^Z does; returns when it goes on. A group that no shell would wake is not stopped.
void ct_stop(void);

#endif
