#pragma once
// Descriptors of other kinds than files: memory, inotify, pipes, and messages that carry descriptors. All of them are
// closed on exec; all calls return -1 with errno.
#include <stdint.h>
#include <sys/types.h>

/// A memory file that can be sealed.
int pool_memfd(const char *name);
/// Forbids to grow, shrink and seal it further, and to write where `writes` is set.
int pool_seal(int memfd, int writes);
/// 1 where it can neither shrink nor (where `writes` is set) be written any more.
int pool_is_sealed(int memfd, int writes);

/// Gives the blocks of consumed bytes back; the file keeps its size.
int pool_punch_hole(int fd, int64_t offset, int64_t length);

/// A pipe closed on exec; non-blocking where asked.
int pool_pipe(int ends[2], int nonblocking);

struct pool_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
/// Who is at the other end of a unix socket (SO_PEERCRED).
int pool_peer_credentials(int socket, struct pool_peer *peer);

struct pool_bytes {
    const void *start;
    size_t count;
};
/// Sends one packet, gathered from up to two parts, with descriptors, without waiting.
ssize_t pool_send_message(int socket, const struct pool_bytes *parts, int part_count, const int *descriptors,
                          int descriptor_count);
/// Receives one packet without waiting. `*descriptor_count` comes in as the room and goes out as the number received;
/// descriptors beyond the room are closed. `*truncated` says what was cut off: 1 bytes, 2 descriptors, for which there was no room
/// in our table.
ssize_t pool_receive_message(int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count,
                             int *truncated);

/// Receives one datagram without waiting, and the pid of its sender as the kernel knows it (0 where it does not: the
/// socket needs SO_PASSCRED). Descriptors that came with it are closed.
ssize_t pool_receive_notice(int socket, void *bytes, size_t capacity, pid_t *sender);

/// The most descriptors that one packet can carry here.
enum { POOL_MESSAGE_DESCRIPTORS_MAX = 65 };

int pool_inotify(void);
/// Watches a file for being written; returns the watch.
int pool_inotify_watch(int inotify, const char *path);
int pool_inotify_unwatch(int inotify, int watch);
/// Reads pending events into `watches` (the ones that were written to) and returns how many. `*overflowed` is set where
/// the kernel dropped some: every file may have been written to.
int pool_inotify_read(int inotify, int *watches, int capacity, int *overflowed);

/// The error's symbolic name (ENOENT), or NULL.
const char *pool_error_name(int error);
