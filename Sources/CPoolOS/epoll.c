#include "epoll.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Not inline: without _GNU_SOURCE, which Swift's importer does not set, accept4 is not declared.
int pool_accept(int listener, void *address, uint32_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

long pool_receive(int descriptor, void *bytes, size_t count) {
    return syscall(SYS_recvfrom, (long)descriptor, bytes, count, 0L, NULL, NULL);
}

long pool_send(int descriptor, const void *bytes, size_t count, _Bool has_more) {
    long flags = has_more ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    return syscall(SYS_sendto, (long)descriptor, bytes, count, flags, NULL, 0L);
}

int pool_epoll_wait(int epoll, struct epoll_event *events, int capacity, int milliseconds) {
    return (int)syscall(SYS_epoll_pwait, (long)epoll, events, (long)capacity, (long)milliseconds, NULL, 8L);
}
