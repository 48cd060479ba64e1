#include "epoll.h"

#include <sys/socket.h>

// Not inline: without _GNU_SOURCE, which Swift's importer does not set, accept4 is not declared.
int pool_accept(int listener, void *address, uint32_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
