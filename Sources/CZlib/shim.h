// What Swift's importer cannot take from zlib's header: a macro.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// gzip's own wrapping (RFC 1952), a window of 32 KiB: about 256 KiB of memory.
static inline int cz_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
