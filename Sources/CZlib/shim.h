// What Swift's importer cannot take from zlib's header: macros.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// gzip's own wrapping (RFC 1952), a window of 32 KiB: about 256 KiB of memory.
static inline int cz_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

// A bare stream (RFC 1951), for members whose header and end its writer makes.
static inline int cz_raw_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}

// Reads gzip's wrapping, and checks its sum and size.
static inline int cz_gunzip_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
