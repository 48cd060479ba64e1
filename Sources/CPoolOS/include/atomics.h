#pragma once
// 64-bit atomics on memory that several processes map: relaxed for counters with one writer each, acquire and release
// where one value publishes others.
#include <stdint.h>

static inline uint64_t pool_load_relaxed(const uint64_t *value) { return __atomic_load_n(value, __ATOMIC_RELAXED); }

static inline void pool_store_relaxed(uint64_t *value, uint64_t stored) {
    __atomic_store_n(value, stored, __ATOMIC_RELAXED);
}

/// Adds without a locked instruction: the caller is the only writer.
static inline void pool_add_relaxed(uint64_t *value, uint64_t amount) {
    __atomic_store_n(value, __atomic_load_n(value, __ATOMIC_RELAXED) + amount, __ATOMIC_RELAXED);
}

/// Adds among several writers, and returns the value before.
static inline uint64_t pool_fetch_add(uint64_t *value, uint64_t amount) {
    return __atomic_fetch_add(value, amount, __ATOMIC_RELAXED);
}

static inline uint64_t pool_load_acquire(const uint64_t *value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }

static inline void pool_store_release(uint64_t *value, uint64_t stored) {
    __atomic_store_n(value, stored, __ATOMIC_RELEASE);
}
