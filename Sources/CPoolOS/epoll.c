#include "epoll.h"

// Not inline: without _GNU_SOURCE, which Swift's importer does not set, accept4 is not declared.
int pool_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
