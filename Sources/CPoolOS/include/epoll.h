#pragma once
// <sys/epoll.h> and accept4, which Swift's Glibc module does not export; constants as plain integers, so that they need
// no conversion from an imported enum.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static const uint32_t POOL_EPOLLIN = EPOLLIN;
static const uint32_t POOL_EPOLLOUT = EPOLLOUT;
static const uint32_t POOL_EPOLLRDHUP = EPOLLRDHUP;
static const uint32_t POOL_EPOLLHUP = EPOLLHUP;
static const uint32_t POOL_EPOLLERR = EPOLLERR;
static const uint32_t POOL_EPOLLET = EPOLLET;
static const uint32_t POOL_EPOLLEXCLUSIVE = EPOLLEXCLUSIVE;

static inline int pool_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

/// Registers or changes (`operation` is EPOLL_CTL_ADD, MOD or DEL) with a 64-bit cookie.
static inline int pool_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t cookie) {
    struct epoll_event event = {.events = events, .data = {.u64 = cookie}};
    return epoll_ctl(epoll, operation, fd, &event);
}

/// An accepted connection that is non-blocking and closed on exec. `address` is a sockaddr: without its type, whose
/// header would make this module, in place of Glibc, the one that Swift finds socket addresses in.
int pool_accept(int listener, void *address, uint32_t *length);

static inline int pool_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// The three calls that a request is made of, without glibc's cancellation points: in a process of several threads those
// save and restore the thread's cancellation state around each call, a fortieth of a request's instructions, and no
// thread of ours is ever cancelled. They fail as their namesakes do, with -1 and errno.

/// recv(2) without flags.
long pool_receive(int descriptor, void *bytes, size_t count);

/// send(2) with MSG_NOSIGNAL; with MSG_MORE too where more follows at once: the bytes wait for it, and go with it.
long pool_send(int descriptor, const void *bytes, size_t count, _Bool has_more);

/// epoll_wait(2).
int pool_epoll_wait(int epoll, struct epoll_event *events, int capacity, int milliseconds);
