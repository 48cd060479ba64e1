#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int pool_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int pool_seal(int memfd, int writes) {
    return fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (writes ? F_SEAL_WRITE : 0));
}

int pool_is_sealed(int memfd, int writes) {
    int wanted = F_SEAL_SHRINK | (writes ? F_SEAL_WRITE : 0);
    int seals = fcntl(memfd, F_GET_SEALS);
    return seals < 0 ? -1 : (seals & wanted) == wanted;
}

int pool_punch_hole(int fd, int64_t offset, int64_t length) {
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int pool_pipe(int ends[2], int nonblocking) { return pipe2(ends, O_CLOEXEC | (nonblocking ? O_NONBLOCK : 0)); }

int pool_peer_credentials(int socket, struct pool_peer *peer) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -1;
    *peer = (struct pool_peer){credentials.pid, credentials.uid, credentials.gid};
    return 0;
}

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * POOL_MESSAGE_DESCRIPTORS_MAX)];
};

ssize_t pool_send_message(int socket, const struct pool_bytes *parts, int part_count, const int *descriptors,
                          int descriptor_count) {
    union control control;
    struct iovec vectors[2];
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)part_count};
    if (part_count > 2 || descriptor_count > POOL_MESSAGE_DESCRIPTORS_MAX) {
        errno = E2BIG;
        return -1;
    }
    for (int i = 0; i < part_count; i++) vectors[i] = (struct iovec){(void *)parts[i].start, parts[i].count};
    if (descriptor_count > 0) {
        size_t bytes = sizeof(int) * (size_t)descriptor_count;
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(bytes);
        control.header = (struct cmsghdr){CMSG_LEN(bytes), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), descriptors, bytes);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t pool_receive_message(int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count,
                             int *truncated) {
    union control control;
    struct iovec vector = {bytes, capacity};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int room = *descriptor_count, count = 0;
    *descriptor_count = 0;
    *truncated = 0;
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (received < 0) return -1;
    *truncated = (message.msg_flags & MSG_TRUNC ? 1 : 0) | (message.msg_flags & MSG_CTRUNC ? 2 : 0);
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t carried = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < carried; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
            if (count < room) {
                descriptors[count++] = descriptor;
            } else {
                close(descriptor);
                *truncated = 1;
            }
        }
    }
    *descriptor_count = count;
    return received;
}

int pool_inotify(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int pool_inotify_watch(int inotify, const char *path) { return inotify_add_watch(inotify, path, IN_MODIFY); }

int pool_inotify_unwatch(int inotify, int watch) { return inotify_rm_watch(inotify, watch); }

int pool_inotify_read(int inotify, int *watches, int capacity, int *overflowed) {
    // A watched file's events carry no name: they are all of the plain size, and a read never returns half an event.
    struct inotify_event events[64];
    int count = 0;
    *overflowed = 0;
    while (count + 64 <= capacity) {
        ssize_t bytes = read(inotify, events, sizeof events);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0 && errno != EAGAIN) return -1;
        if (bytes <= 0) break;
        for (size_t i = 0; i < (size_t)bytes / sizeof *events; i++) {
            if (events[i].mask & IN_Q_OVERFLOW) *overflowed = 1;
            else if (events[i].mask & IN_MODIFY) watches[count++] = events[i].wd;
        }
    }
    return count;
}

const char *pool_error_name(int error) { return strerrorname_np(error); }

ssize_t pool_receive_notice(int socket, void *bytes, size_t capacity, pid_t *sender) {
    union {
        char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(POOL_MESSAGE_DESCRIPTORS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {bytes, capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    *sender = 0;
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
            *sender = credentials.pid;
        } else if (header->cmsg_type == SCM_RIGHTS) {
            size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < count; i++) {
                int descriptor;
                memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
                close(descriptor);
            }
        }
    }
    return received;
}
